// cairn energy: the machine's sensors, and its correction by a wall meter.
#include <fmt/format.h>
#include <unistd.h>

#include <climits>
#include <cstring>

#include "cli/commands.h"
#include "cli/footprint_text.h"
#include "cli/run_style.h"
#include "cli/text.h"
#include "probe/energy.h"

namespace cairn::cli {
namespace {

using model::Value;

std::string print_errno(int error) {
  if (error == 0) return "";
  const char* name = ::strerrorname_np(error);
  return fmt::format("{} ({}, errno {})", ::strerrordesc_np(error), name ? name : "?", error);
}

Value to_json(const probe::SensorState& state) {
  const auto or_null = [](const std::optional<double>& value) {
    return value ? Value(*value) : Value();
  };
  return model::Object{{"sensor", state.sensor},
                       {"name", state.name},
                       {"part", model::print_part(state.part)},
                       {"source", state.source},
                       {"is_used", state.is_used},
                       {"is_readable", state.is_readable},
                       {"counter_j", or_null(state.counter_j)},
                       {"power_w", or_null(state.power_w)},
                       {"cost_ns", state.cost_ns},
                       {"errno", state.error == 0 ? Value() : Value(int64_t{state.error})},
                       {"error", print_errno(state.error)},
                       {"problem", state.problem},
                       {"remedy", state.remedy}};
}

std::string print_sensor(const probe::SensorState& state, const Terminal& terminal) {
  const auto mark = state.is_used       ? terminal.paint("used      ", Paint::kGreen)
                    : state.is_readable ? terminal.paint("not used  ", Paint::kDim)
                                        : terminal.paint("unreadable", Paint::kYellow);
  std::string out = fmt::format("{}  {}  {} {}\n", mark,
                                terminal.paint(make_printable(state.sensor), Paint::kBold),
                                model::print_part(state.part), make_printable(state.name));
  const auto add = [&](std::string_view label, const std::string& text) {
    if (!text.empty()) out += "            " + print_fact(label, text, terminal);
  };
  add("source", state.source);
  std::string reading;
  if (state.counter_j) reading += fmt::format("{} J  ", print_amount(*state.counter_j));
  if (state.power_w) reading += fmt::format("{} W  ", print_amount(*state.power_w));
  if (!reading.empty())
    add("says",
        reading + fmt::format("(read in {:.1f} us)", static_cast<double>(state.cost_ns) / 1e3));
  add("problem", state.problem);
  add("error", print_errno(state.error));
  add("remedy", state.remedy);
  return out;
}

std::string this_host() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

// The newest run of this machine that has ended, as its path in the API.
Result<std::string> find_newest(DoorClient& client) {
  const std::string host = this_host();
  TRY(const Value projects, client.get("/projects"));
  std::string newest;
  int64_t newest_ns = 0;
  for (const Value& project : list_at(projects, "projects")) {
    const std::string path = project_path(text_at(project, "name")) + "/runs";
    TRY(const Value page,
        client.get(path, {{"filter", fmt::format("host = '{}' and state != running", host)},
                          {"sort", "-created"},
                          {"limit", "1"}}));
    for (const Value& run : list_at(page, "runs"))
      if (const int64_t created_ns = int_at(run, "created_ns"); created_ns > newest_ns) {
        newest_ns = created_ns;
        newest = path + "/" + text_at(run, "id");
      }
  }
  if (newest.empty())
    return fail(Code::kNotFound, "expected a run of this machine ({}) that has ended", host);
  return newest;
}

}  // namespace

Result<int> execute(const SurveyEnergy& command, const Desk& desk) {
  const std::vector<probe::SensorState> sensors = probe::survey_energy();
  bool is_measured = false;
  model::List list;
  std::string out;
  for (const probe::SensorState& sensor : sensors) {
    is_measured = is_measured || (sensor.is_used && sensor.is_readable);
    if (command.as_json) list.push_back(to_json(sensor));
    out += print_sensor(sensor, desk.terminal);
  }
  if (command.as_json) {
    print_json(model::Object{{"sensors", std::move(list)}, {"is_measured", is_measured}},
               desk.terminal);
    return kExitOk;
  }
  if (sensors.empty()) out += "no energy sensor is to be found on this machine\n";
  if (!is_measured)
    out += "what runs use is modelled from load and data sheets (CPU within 35 %), and says so\n";
  desk.terminal.print(out);
  return kExitOk;
}

Result<int> execute(const CalibrateEnergy& command, const Desk& desk) {
  std::string path;
  if (command.run.empty()) {
    TRY(path, find_newest(desk.client));
  } else {
    TRY(const FoundRun run, desk.client.find_run(command.run));
    path = run.path();
  }
  TRY(const Value found, desk.client.send("POST", path + "/footprint/calibration", {},
                                          model::Object{{"wall_kwh", command.wall_kwh}}));
  if (command.as_json) {
    print_json(found, desk.terminal);
    return kExitOk;
  }
  const auto amount = [&](const char* member) { return print_amount(number_at(found, member)); };
  std::string out = fmt::format(
      "{}: the meter counted {} kWh in {} h, CPU, memory and GPUs used {} kWh\n"
      "the rest of the machine used {} kWh (taken for {} before): {} % of them and {} W from now "
      "on\n",
      text_at(found, "hostname"), amount("wall_kwh"), amount("hours"), amount("known_kwh"),
      amount("rest_kwh"), amount("rest_kwh_before"),
      print_amount(100 * number_at(found, "rest_share")), amount("rest_w"));
  constexpr double kAlone = 0.8;
  if (number_at(found, "run_share") < kAlone)
    out += fmt::format("the run had {:.0f} % of the machine's work: what others used is in it\n",
                       100 * number_at(found, "run_share"));
  desk.terminal.print(out);
  return kExitOk;
}

}  // namespace cairn::cli
