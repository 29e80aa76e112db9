package weather.alerts;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.plugin.PluginUtils;

/** Asks the object store as both parts of Flink do: SETTINGS (a folder) PATH. */
public final class Stored {
    private Stored() {}

    public static void main(String[] words) throws Exception {
        Configuration settings = GlobalConfiguration.loadConfiguration(words[0]);
        FileSystem.initialize(settings, PluginUtils.createPluginManagerFromRootFolder(settings));
        Path path = new Path(words[1]);
        try {
            path.getFileSystem().mkdirs(path);
        } catch (Exception trouble) {
            System.out.println(trouble);
        }
        Runtime.getRuntime().halt(0);
    }
}
