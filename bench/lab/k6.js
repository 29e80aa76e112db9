// k6's side of bench/verdicts.py: constant arrivals at USERS, one kill through the API at CLUSTER, a threshold
// on the window after it. As its documentation shows it: what the kill answered is nobody's concern.
import http from "k6/http";

const { USERS, CLUSTER, SELECTOR } = __ENV;
const [rate, before, from, seconds] = ["RATE", "BEFORE", "FROM", "SECONDS"].map((name) => Number(__ENV[name]));
const pods = `${CLUSTER}/api/v1/namespaces/application/pods`;

function arrivals(start, length, window) {
  const plan = { executor: "constant-arrival-rate", rate, timeUnit: "1s", preAllocatedVUs: 10, maxVUs: 50 };
  return { ...plan, startTime: `${start}s`, duration: `${length}s`, exec: "ask", tags: { window } };
}

export const options = {
  scenarios: {
    before: arrivals(0, before + from, "before"),
    after: arrivals(before + from, seconds, "after"),
    fault: { executor: "shared-iterations", vus: 1, iterations: 1, startTime: `${before}s`, exec: "kill" },
  },
  thresholds: { "http_req_failed{window:after}": ["rate<=0.01"] },
};

export function ask() {
  http.get(`${USERS}/answer`);
}

export function kill() {
  const found = http.get(`${pods}?labelSelector=${encodeURIComponent(SELECTOR)}`).json("items");
  for (const { metadata } of found) http.del(`${pods}/${metadata.name}?gracePeriodSeconds=0`);
}

export function teardown() {
  http.post(`${USERS}/restore`);
}
