// Grammar of `cairn meter`.
#include "cli/grammar.h"

namespace cairn::cli {
namespace {

constexpr const char* kExamples =
    "Meters the processes of a server, and with --proxy counts its requests and tokens: streams\n"
    "pass untouched. Without a command the server that listens on the port is metered, until it\n"
    "ends or Ctrl-C. Recorded as a run of job type 'inference', from which\n"
    "'cairn footprint MODEL --break-even' tells when inference has used as much as training.\n\n"
    "Examples:\n"
    "  cairn meter --proxy 8000:8001 -- vllm serve llama-8b --port 8001\n"
    "  cairn meter --proxy 8000:8001 --zone FR           a server that runs already\n"
    "  cairn meter --metrics http://localhost:8000/metrics -- ./serve.sh\n"
    "  cairn meter --json --model digits -- python serve.py";

}  // namespace

void Grammar::add_meter() {
  CLI::App* meter = add<MeterServer>(
      kCost, "meter", "What a server uses for each request and token", kExamples,
      [&](CLI::App& sub, MeterServer& c) {
        auto* proxy =
            sub.add_option("--proxy", c.proxy,
                           "Listen on a port and pass everything on to the server's: 8000:8001, "
                           "8000:HOST:8001")
                ->type_name("PORTS");
        sub.add_option("--host", c.host, "Listen there (default: 127.0.0.1, this machine alone)")
            ->type_name("HOST")
            ->needs(proxy);
        sub.add_option("--path", c.path,
                       "Count only requests below it (default: all but looks at the health)")
            ->type_name("PREFIX")
            ->needs(proxy);
        sub.add_option("--metrics", c.metrics,
                       "Count by the server's own counters, in Prometheus' format")
            ->type_name("URL")
            ->excludes(proxy);
        sub.add_option("--pid", c.pid, "Meter this process and its children")
            ->type_name("PID")
            ->check(CLI::PositiveNumber);
        sub.add_option("--model", c.model, "The model's name (default: as the answers say)")
            ->type_name("NAME");
        add_project(sub, c.project);
        sub.add_option("-n,--name", c.name, "The run's name")->type_name("NAME");
        sub.add_option("-z,--zone", c.zone, "Where the machine stands (default: CAIRN_ZONE)")
            ->type_name("ZONE");
        add_json(sub, c.as_json);
        add_place(sub);
      });
  meter->fallthrough(false);  // what follows belongs to the command, whatever it looks like
  meter->prefix_command();
}

}  // namespace cairn::cli
