// Trials of a sweep that cost nothing themselves: what asking and telling take on an embedded
// store.
//
// Usage: trials_bench folder [trials]
//
// Ten parameters, drawn at random; each request goes through the door as from Python's child.
#include <cstdlib>
#include <vector>

#include "base/disk.h"
#include "measure.h"
#include "server/door.h"
#include "server/target.h"
#include "wire/json.h"

namespace cairn::bench {
namespace {

constexpr char kSweep[] = R"({"project": "p", "definition": {"method": "random",
    "metric": {"name": "loss"}, "parameters": {
    "a": {"min": 0.0, "max": 1.0}, "b": {"min": 0.0, "max": 1.0}, "c": {"min": 0.0, "max": 1.0},
    "d": {"min": 0.0, "max": 1.0}, "e": {"min": 0.0, "max": 1.0}, "f": {"min": 0.0, "max": 1.0},
    "g": {"min": 1, "max": 100}, "h": {"min": 1, "max": 100},
    "i": {"values": ["x", "y"]}, "j": {"values": ["x", "y", "z"]}}}})";

std::string call(server::Door& door, const char* method, const std::string& target,
                 const std::string& body) {
  server::Request request;
  request.method = method;
  if (!server::parse_target("/api/v1" + target, request)) give_up(target);
  request.body = body;
  request.who = auth::local_admin();
  server::Response response = door.handle(request);
  if (response.status >= 300) give_up(response.body);
  return std::move(response.body);
}

void measure(const std::string& folder, int trials) {
  server::Door door(posix_disk(), folder);
  const auto made = get(wire::parse_json(call(door, "POST", "/sweeps", kSweep)));
  const std::string sweep = fmt::format("/sweeps/{}", made.find("id")->string_or(""));
  std::vector<double> asks_ms, tells_ms;
  const Stopwatch whole;
  for (int i = 0; i < trials; ++i) {
    const Stopwatch ask;
    call(door, "POST", sweep + "/ask", R"({"worker": "w"})");
    asks_ms.push_back(ask.wall_s() * 1e3);
    const Stopwatch tell;
    call(door, "POST", fmt::format("{}/trials/{}/tell", sweep, i),
         fmt::format(R"({{"values": [{}]}})", i * 7919 % 1000));
    tells_ms.push_back(tell.wall_s() * 1e3);
  }
  const std::string name = fmt::format("trials.{}", trials);
  figure(name + ".each", whole.wall_s() * 1e3 / trials, "ms");
  figure(name + ".each.cpu", whole.cpu_s() * 1e3 / trials, "ms");
  figure(name + ".ask.p50", percentile(asks_ms, 0.5), "ms");
  figure(name + ".ask.p99", percentile(asks_ms, 0.99), "ms");
  figure(name + ".tell.p50", percentile(tells_ms, 0.5), "ms");
  figure(name + ".tell.p99", percentile(tells_ms, 0.99), "ms");

  server::Door other(posix_disk(), folder);
  const Stopwatch look;
  call(other, "GET", sweep, "");
  figure(name + ".first_look", look.wall_s() * 1e3, "ms");
  figure(name + ".bytes", static_cast<double>(bytes_below(folder)) / trials, "bytes");
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) {
  using namespace cairn::bench;
  if (argc < 2) give_up("usage: trials_bench folder [trials]");
  const Folder folder(argv[1]);
  measure(folder.path() + "/.cairn", argc > 2 ? std::atoi(argv[2]) : 10'000);
}
