// cairn report: the page for a paper, as a summary here or as a file.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "cli/commands.h"
#include "cli/footprint_text.h"
#include "cli/page_pdf.h"
#include "cli/run_style.h"
#include "cli/text.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::Value;

constexpr size_t kParametersShown = 4;

constexpr std::array<std::string_view, 6> kFormats = {"html", "md", "tex", "pdf", "json", "svg"};

std::string path_of(const ShowReport& command) { return project_path(command.project) + "/report"; }

server::Pairs with(server::Pairs params, std::string name, std::string value) {
  params.emplace_back(std::move(name), std::move(value));
  return params;
}

// --- the summary

std::string print_runs(const Value& of) {
  const int64_t runs = int_at(of, "runs");
  return fmt::format("{} run{}", runs, runs == 1 ? "" : "s");
}

std::string print_cost(const Value& cost) {
  std::string out = print_span(number_at(cost, "wall_s"));
  if (const double gpu_s = number_at(cost, "gpu_s"); !std::isnan(gpu_s))
    out += fmt::format(", {} GPU-h", print_amount(gpu_s / 3600));
  if (const Value& energy = value_at(cost, "energy_kwh"); !energy.is_null())
    out += ", " + print_energy(energy);
  if (const Value& carbon = value_at(cost, "carbon_kg"); !carbon.is_null())
    out += ", " + print_mass(carbon) + " CO2e";
  if (const Value& money = value_at(cost, "money"); !money.is_null())
    out += ", " + print_quantity(money, text_at(cost, "currency"));
  return out;
}

std::string print_flop(const Value& cost) {
  const Value& flop = value_at(cost, "flop");
  if (flop.is_null()) return "not recorded";
  return fmt::format("{:.3g} FLOP ({:.3g} to {:.3g}, {}), {:.3g} PFLOP/s-days",
                     number_at(flop, "value"), number_at(flop, "low"), number_at(flop, "high"),
                     text_at(flop, "method"), number_at(value_at(cost, "pflops_days"), "value"));
}

std::string print_best(const Value& answer) {
  const Value& best = value_at(answer, "best");
  if (best.is_null()) return text_at(answer, "metric_reason");
  return fmt::format("{} {} in {}", text_at(answer, "metric"),
                     print_number(number_at(best, "result")), text_at(best, "name"));
}

std::string print_sensitivity(const Value& answer) {
  const Value& sensitivity = value_at(answer, "sensitivity");
  if (sensitivity.is_null()) return "";
  if (const std::string reason = text_at(sensitivity, "reason"); !reason.empty()) return reason;
  std::string out;
  const model::List& parameters = list_at(sensitivity, "parameters");
  for (size_t i = 0; i < std::min(parameters.size(), kParametersShown); ++i)
    out += fmt::format("{}{} {:.0f} % ({:.0f} to {:.0f})", out.empty() ? "" : ", ",
                       text_at(parameters[i], "name"), 100 * number_at(parameters[i], "total"),
                       100 * number_at(parameters[i], "total_low"),
                       100 * number_at(parameters[i], "total_high"));
  return out;
}

std::string print_checklist(const Value& answer) {
  std::string missing;
  size_t recorded = 0;
  const model::List& checklist = list_at(answer, "checklist");
  for (const Value& item : checklist) {
    const std::string state = text_at(item, "state");
    if (state == "not recorded")
      missing += (missing.empty() ? "" : ", ") + text_at(item, "id");
    else
      ++recorded;
  }
  return fmt::format("{} of {} answered{}{}", recorded, checklist.size(),
                     missing.empty() ? "" : "; not recorded: ", missing);
}

void print_summary(const Value& answer, const Terminal& terminal) {
  const Value& accounts = value_at(answer, "accounts");
  const int64_t broken = int_at(accounts, "failed") + int_at(accounts, "crashed");
  std::string out = terminal.paint(make_printable(text_at(answer, "project")), Paint::kBold) +
                    fmt::format("  {} run{}, {} failed\n", int_at(answer, "runs"),
                                int_at(answer, "runs") == 1 ? "" : "s", broken);
  const auto fact = [&](std::string_view label, const std::string& text) {
    out += print_fact(label, text, terminal);
  };
  fact("best", print_best(answer));
  fact("all runs", print_cost(value_at(accounts, "total")));
  if (!value_at(accounts, "final").is_null()) {
    fact("final", print_cost(value_at(accounts, "final")) + "; " + text_at(accounts, "final_by"));
    fact("search", print_cost(value_at(accounts, "search")));
  }
  for (const Value& hardware : list_at(accounts, "by_hardware"))
    fact("on", fmt::format("{}: {}, {}",
                           value_at(hardware, "name").is_null() ? "hardware not recorded"
                                                                : text_at(hardware, "name"),
                           print_runs(hardware), print_span(number_at(hardware, "wall_s"))));
  fact("compute", print_flop(value_at(accounts, "total")));
  for (const Value& reached : list_at(accounts, "reached")) {
    const Value& cost = value_at(reached, "cost");
    fact("enough", fmt::format("{}: {}, {}", text_at(reached, "goal"), print_runs(cost),
                               print_span(number_at(cost, "wall_s"))));
  }
  fact("owed to", print_sensitivity(answer));
  fact("checklist", print_checklist(answer));
  terminal.print(out);
}

// --- files

Result<std::string> choose_format(const ShowReport& command) {
  if (!command.format.empty()) return command.format;
  if (command.as_json) return std::string("json");
  if (command.output.empty()) return std::string();
  std::string suffix = std::filesystem::path(command.output).extension().string();
  if (!suffix.empty()) suffix.erase(0, 1);
  if (suffix == "htm") suffix = "html";
  if (suffix == "markdown") suffix = "md";
  if (suffix == "latex") suffix = "tex";
  if (std::ranges::find(kFormats, suffix) != kFormats.end()) return suffix;
  return fail(Code::kInvalid,
              "expected a file that ends in .html, .md, .tex, .pdf, .json or .svg, or --format: {}",
              command.output);
}

// Where the page finds the files of its figures: as seen from its own folder.
std::string figures_from(const ShowReport& command) {
  std::error_code error;
  const std::filesystem::path page = std::filesystem::absolute(command.output, error);
  const auto folder = std::filesystem::relative(command.figures, page.parent_path(), error);
  return (error || folder.empty() ? std::filesystem::path(command.figures) : folder).string() + "/";
}

Result<std::string> fetch(const ShowReport& command, const Desk& desk, const std::string& format) {
  server::Pairs params = with(command.params, "format", format);
  if (format == "md" && !command.figures.empty())
    params.emplace_back("figures", figures_from(command));
  return desk.client.get_bytes(path_of(command), params);
}

Result<void> write_figures(const ShowReport& command, const Desk& desk, const Value& answer) {
  std::error_code error;
  std::filesystem::create_directories(command.figures, error);
  if (error) return fail(Code::kIo, "cannot make the folder: {}", command.figures);
  for (const Value& figure : list_at(answer, "figures")) {
    const std::string name(figure.string_or(""));
    TRY(const std::string svg,
        desk.client.get_bytes(path_of(command),
                              with(with(command.params, "format", "svg"), "figure", name)));
    TRY_VOID(desk.terminal.write(command.figures + "/" + name + ".svg", svg));
  }
  return {};
}

}  // namespace

Result<int> execute(const ShowReport& command, const Desk& desk) {
  TRY(const std::string format, choose_format(command));
  if (!command.figures.empty()) {
    TRY(const Value answer, desk.client.get(path_of(command), command.params));
    TRY_VOID(write_figures(command, desk, answer));
    if (format.empty()) return kExitOk;
  }
  if (format == "pdf") {
    if (command.output.empty() && desk.terminal.is_tty())
      return fail(Code::kInvalid, "expected -o FILE for a PDF");
    TRY(const std::string pdf,
        make_pdf([&](const std::string& form) { return fetch(command, desk, form); }));
    TRY_VOID(desk.terminal.write(command.output, pdf));
  } else if (format.empty() || format == "json") {
    TRY(const Value answer, desk.client.get(path_of(command), command.params));
    if (format.empty())
      print_summary(answer, desk.terminal);
    else if (command.output.empty())
      print_json(answer, desk.terminal);
    else
      TRY_VOID(desk.terminal.write(command.output,
                                   wire::print_json(answer, wire::Json::kStrict) + "\n"));
  } else {
    TRY(std::string page, fetch(command, desk, format));
    TRY_VOID(desk.terminal.write(command.output, page));
  }
  return kExitOk;
}

}  // namespace cairn::cli
