package weather.alerts;

import java.io.IOException;
import org.apache.flink.client.deployment.application.ApplicationClusterEntryPoint;
import org.apache.flink.client.program.PackagedProgram;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.plugin.PluginUtils;
import org.apache.flink.runtime.entrypoint.ClusterEntrypoint;
import org.apache.flink.runtime.resourcemanager.StandaloneResourceManagerFactory;
import org.apache.flink.runtime.util.SignalHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A JobManager for the one job, which nobody has to submit: where it starts, the job goes on. */
public final class JobManager extends ApplicationClusterEntryPoint {
    private static final Logger LOG = LoggerFactory.getLogger(JobManager.class);
    private static final long AGAIN = 1000;

    private JobManager(Configuration settings, PackagedProgram job) {
        super(settings, job, StandaloneResourceManagerFactory.getInstance());
    }

    /** One word: the folder with the settings. */
    public static void main(String[] words) throws Exception {
        SignalHandler.register(LOG);
        Configuration settings = GlobalConfiguration.loadConfiguration(words[0]);
        awaitStorage(settings);
        PackagedProgram job = PackagedProgram.newBuilder()
            .setEntryPointClassName(Alerts.class.getName())
            .setConfiguration(settings)
            .build();
        configureExecution(settings, job);
        ClusterEntrypoint.runClusterEntrypoint(new JobManager(settings, job));
    }

    /** Without what it keeps there Flink would end, and each start anew be waited with for longer. */
    private static void awaitStorage(Configuration settings) throws InterruptedException {
        FileSystem.initialize(settings, PluginUtils.createPluginManagerFromRootFolder(settings));
        Path storage = new Path(settings.get(HighAvailabilityOptions.HA_STORAGE_PATH));
        while (true) {
            try {
                storage.getFileSystem().mkdirs(storage);
                return;
            } catch (IOException notYet) {
                LOG.info("{} is not there yet: {}", storage, notYet.getMessage());
                Thread.sleep(AGAIN);
            }
        }
    }
}
