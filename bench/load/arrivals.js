// The same arrivals for k6: URL, RATE a second, SECONDS; prints p50 and p99 from the planned instants, in ms.
import exec from "k6/execution";
import http from "k6/http";
import { Trend } from "k6/metrics";

const rate = Number(__ENV.RATE);
const seconds = Number(__ENV.SECONDS);
const latency = new Trend("from_intended", true);

export const options = {
  scenarios: {
    arrivals: {
      executor: "constant-arrival-rate",
      rate: rate,
      timeUnit: "1s",
      duration: `${seconds}s`,
      preAllocatedVUs: 200,
      maxVUs: 200,
    },
  },
  discardResponseBodies: false,
  noCookiesReset: true,
};

export default function () {
  // k6 plans iteration n at n / rate from the scenario's start, and knows to the nanosecond how far it is.
  const planned = exec.scenario.iterationInTest / rate;
  const late = exec.scenario.progress * seconds - planned;
  const answer = http.get(__ENV.URL);
  latency.add(late * 1000 + answer.timings.duration + answer.timings.blocked + answer.timings.connecting);
}
