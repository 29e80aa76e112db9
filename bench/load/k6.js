// k6's side of bench/load.py: a GET to URL at each of RATE planned instants a second, for SECONDS.
// Prints how many were sent, how many were not, and milliseconds from the planned instants, after WARM seconds.
import exec from "k6/execution";
import http from "k6/http";
import { Trend } from "k6/metrics";

const rate = Number(__ENV.RATE);
const seconds = Number(__ENV.SECONDS);
const warm = Number(__ENV.WARM);
const latency = new Trend("latency", true);

export const options = {
  scenarios: {
    arrivals: {
      executor: "constant-arrival-rate",
      rate: rate,
      timeUnit: "1s",
      duration: `${seconds}s`,
      preAllocatedVUs: 20,
      maxVUs: 200,
    },
  },
  summaryTrendStats: ["p(50)", "p(99)"],
};

export default function () {
  // Iteration n is planned n / rate after the scenario's start. `progress` is the finest clock a script has.
  const planned = exec.scenario.iterationInTest / rate;
  const late = 1000 * (exec.scenario.progress * seconds - planned);
  const spent = http.get(__ENV.URL).timings;
  if (planned > warm) latency.add(late + spent.blocked + spent.connecting + spent.duration);
}

export function handleSummary({ metrics }) {
  const dropped = metrics.dropped_iterations ? metrics.dropped_iterations.values.count : 0;
  const { "p(50)": p50, "p(99)": p99 } = metrics.latency.values;
  return { stdout: JSON.stringify({ started: metrics.iterations.values.count, dropped, p50, p99 }) };
}
