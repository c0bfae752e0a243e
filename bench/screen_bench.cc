// One screen of charts, 20 metrics of 100 runs of 10,000 steps as 400 buckets each, in one request.
//
// Usage: screen_bench [folder]
//
// The whole of a request but the socket: from its JSON to the bytes of the answer, in the process.
#include "auth/identity.h"
#include "made_screen.h"
#include "server/door.h"
#include "server/router.h"

// The store is made without waiting for the medium, and never outlives the benchmark.
extern "C" int fdatasync(int) { return 0; }
extern "C" int fsync(int) { return 0; }

namespace cairn::bench {
namespace {

constexpr int kRounds = 11;

std::string list_of(size_t count, const auto& name_of) {
  std::string list;
  for (size_t i = 0; i < count; ++i)
    list += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", name_of(i));
  return "[" + list + "]";
}

server::Request post(const std::string& path, const std::string& body) {
  server::Request request;
  request.method = "POST";
  request.path = "/api/v1/projects/bench/" + path;
  request.body = body;
  return request;
}

void measure(server::Door& door, const std::string& name, server::Request request) {
  request.who = auth::local_admin();
  std::vector<double> wall_ms, cpu_ms;
  size_t bytes = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Stopwatch watch;
    const server::Response response = door.handle(request);
    wall_ms.push_back(watch.wall_s() * 1000);
    cpu_ms.push_back(watch.cpu_s() * 1000);
    if (response.status != 200) give_up(response.body);
    bytes = response.body.size();
  }
  figure("screen." + name, percentile(wall_ms, 0.5), "ms");
  figure("screen." + name + ".cpu", percentile(cpu_ms, 0.5), "ms");
  figure("screen." + name + ".answer", static_cast<double>(bytes) / 1e6, "MB");
}

void measure_all(const std::string& root) {
  server::Door door(posix_disk(), root);
  const std::string keys = "\"keys\": " + list_of(kScreenKeys, [](size_t k) {
                             return fmt::format("train/key-{:02}", k);
                           });
  const std::string runs = "\"runs\": " + list_of(kScreenRuns, id_of);
  const std::string f32 =
      R"("buckets": 400, "precision": "f32", "columns": ["x", "min", "max", "mean"])";
  const auto ask = [&](const std::string& axis) {
    return fmt::format("{{{}, {}, {}{}}}", runs, keys, f32, axis);
  };
  measure(door, "20x100x10k", post("series", ask("")));
  measure(door, "20x100x10k.f64_all",
          post("series", fmt::format("{{{}, {}, \"buckets\": 400}}", runs, keys)));
  measure(door, "20x100x10k.time", post("series", ask(R"(, "axis": "time")")));
  measure(door, "20x100x10k.relative", post("series", ask(R"(, "axis": "relative")")));
  measure(door, "20x100x10k.log", post("series", ask(R"(, "log_x": true)")));
  measure(door, "20x100x10k.metric",
          post("series", ask(R"(, "axis": "metric", "axis_key": "train/key-00")")));
  measure(door, "20x100x10k.bands",
          post("bands",
               fmt::format(
                   R"({{"groups": [{{"name": "all", {}}}], {}, "buckets": 400, "band": "std"}})",
                   runs, keys)));
}

// As somebody types: the answer to each letter.
void measure_search(const std::string& root) {
  server::Door door(posix_disk(), root);
  server::Request request;
  request.path = "/api/v1/projects/wide/keys";
  request.params = {{"search", "9.*grad"}, {"limit", "100"}};
  measure(door, "keys.search", std::move(request));
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) {
  const cairn::bench::Folder root(argc > 1 ? argv[1] : "/tmp");
  cairn::bench::make_screen(root.path());
  cairn::bench::measure_all(root.path());
  cairn::bench::make_keys(root.path());
  cairn::bench::measure_search(root.path());
}
