// A footprint as LaTeX, as Markdown, and as rows of CodeCarbon's emissions.csv.
#include "footprint/snippet.h"

#include <fmt/format.h>

#include <cmath>

#include "footprint/amount.h"
#include "footprint/csv.h"
#include "footprint/tally.h"

namespace cairn::footprint {
namespace {

using model::Value;

std::string escape_latex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\textbackslash{}";
    else if (c == '~' || c == '^')
      out += fmt::format("\\{}{{}}", c);
    else if (std::string_view("&%$#_{}").find(c) != std::string_view::npos)
      out.append({'\\', c});
    else if (c == '<' || c == '>' || c == '|')
      out += fmt::format("${}$", c == '|' ? "\\vert" : std::string(1, c));
    else
      out += c;
  }
  return out;
}

std::string escape_markdown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("|*_`<>[]\\").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

struct Row {
  std::string what, value, how;
};

std::string print_range(const Quantity& quantity, std::string_view unit) {
  return fmt::format("{} {} ({} to {})", print_amount(quantity.value), unit,
                     print_amount(quantity.low), print_amount(quantity.high));
}

// What both snippets tell, in plain words.
std::vector<Row> rows_of(const Footprint& footprint) {
  std::vector<Row> rows = {{"Energy", print_range(footprint.energy_kwh, "kWh"),
                            std::string(print_method(footprint.energy_kwh.method))}};
  for (const PartEnergy& part : footprint.parts)
    rows.push_back(
        {fmt::format("of it {}{}{}", part.part, part.device.empty() ? "" : ": ", part.device),
         print_range(part.kwh, "kWh"),
         fmt::format("{}, {}", print_method(part.kwh.method), part.source)});
  rows.push_back({"PUE", fmt::format("{:.2f}", footprint.pue.value), ""});
  if (footprint.carbon_kg) {
    rows.push_back({"Carbon, location-based", print_range(*footprint.carbon_kg, "kg CO2e"), ""});
    if (footprint.intensity)
      rows.back().how = fmt::format("{:.0f} g/kWh, {} {}, {}", footprint.intensity->g_per_kwh.value,
                                    footprint.intensity->zone, footprint.intensity->year,
                                    footprint.intensity->source);
  } else {
    rows.push_back({"Carbon",
                    fmt::format("{} to {} kg CO2e", print_amount(footprint.carbon_range_kg.low),
                                print_amount(footprint.carbon_range_kg.high)),
                    "zone not known"});
  }
  if (footprint.market_carbon_kg)
    rows.push_back({"Carbon, market-based", print_range(*footprint.market_carbon_kg, "kg CO2e"),
                    "by the provider's contracts"});
  if (footprint.money)
    rows.push_back({"Electricity", print_range(*footprint.money, footprint.currency), ""});
  return rows;
}

double sum_of(const Footprint& footprint, std::string_view part) {
  double kwh = 0;
  for (const PartEnergy& each : footprint.parts)
    if (each.part == part) kwh += each.kwh.value;
  return kwh;
}

std::string text_at(const Value& meta, std::string_view path) {
  const Value* found = model::find_path(meta, path);
  return found ? std::string(found->string_or("")) : std::string();
}

// CodeCarbon 3's columns in its order. Empty: not known.
constexpr std::string_view kCodeCarbonColumns =
    "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,"
    "gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,"
    "country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,"
    "codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,"
    "tracking_mode,on_cloud,pue,wue";

std::string print_gpus(const std::vector<std::string>& gpus) {
  return gpus.empty() ? "" : fmt::format("{} x {}", gpus.size(), gpus.front());
}

std::vector<std::string> codecarbon_cells(const CodeCarbonRow& row) {
  const auto number = [](double value) { return fmt::format("{:.10g}", value); };
  const auto count = [](double value) {
    return value > 0 ? fmt::format("{}", value) : std::string();
  };
  const double duration_s = row.duration_s;
  const auto watts = [&](double kwh) {
    return duration_s > 0 ? number(kwh * kJoulesPerKwh / duration_s) : std::string();
  };
  const Footprint& footprint = row.footprint;
  const std::optional<Quantity>& carbon = footprint.carbon_kg;
  const Hardware hardware = hardware_of(row.meta);
  const std::string& zone = footprint.zone;
  const size_t colon = zone.find(':');
  const bool is_region = colon != std::string::npos;
  std::string provider =
      is_region ? zone.substr(0, colon) : text_at(row.meta, "host.cloud.provider");
  const double cpu = sum_of(footprint, "cpu"), gpu = sum_of(footprint, "gpu"),
               memory = sum_of(footprint, "memory");
  return {row.started_iso,
          row.project,
          row.run,
          "",
          number(duration_s),
          carbon ? number(carbon->value) : "",
          carbon && duration_s > 0 ? number(carbon->value / duration_s) : "",
          watts(cpu),
          watts(gpu),
          watts(memory),
          number(cpu),
          number(gpu),
          number(memory),
          number(footprint.energy_kwh.value),
          "",
          row.country_name,
          row.country_iso,
          is_region ? "" : zone,
          provider,
          is_region ? zone.substr(colon + 1) : "",
          text_at(row.meta, "host.os"),
          text_at(row.meta, "python.version"),
          "",
          count(static_cast<double>(hardware.threads)),
          hardware.cpu_model,
          count(static_cast<double>(hardware.gpus.size())),
          print_gpus(hardware.gpus),
          "",
          "",
          hardware.memory_gb > 0 ? number(hardware.memory_gb) : "",
          "process",
          provider.empty() ? "N" : "Y",
          number(footprint.pue.value),
          ""};
}

}  // namespace

std::string print_latex(const Footprint& footprint, std::string_view what) {
  std::string out =
      "\\begin{table}\n  \\centering\n  \\begin{tabular}{lrl}\n    \\hline\n"
      "    & value (range) & method \\\\\n    \\hline\n";
  for (const Row& row : rows_of(footprint))
    out += fmt::format("    {} & {} & {} \\\\\n", escape_latex(row.what), escape_latex(row.value),
                       escape_latex(row.how));
  out += fmt::format(
      "    \\hline\n  \\end{{tabular}}\n  \\caption{{Energy and carbon of {}.}}\n"
      "\\end{{table}}\n",
      escape_latex(what));
  return out;
}

std::string print_markdown(const Footprint& footprint, std::string_view what) {
  std::string out =
      fmt::format("### Energy and carbon of {}\n\n| | value (range) | method |\n|---|---|---|\n",
                  escape_markdown(what));
  for (const Row& row : rows_of(footprint))
    out += fmt::format("| {} | {} | {} |\n", escape_markdown(row.what), escape_markdown(row.value),
                       escape_markdown(row.how));
  if (!footprint.notes.empty()) out += "\n";
  for (const std::string& note : footprint.notes)
    out += fmt::format("- {}\n", escape_markdown(note));
  return out;
}

std::string print_codecarbon_csv(const std::vector<CodeCarbonRow>& rows) {
  std::string out(kCodeCarbonColumns);
  out += '\n';
  for (const CodeCarbonRow& row : rows) {
    bool is_first = true;
    for (const std::string& cell : codecarbon_cells(row)) {
      if (!is_first) out += ',';
      is_first = false;
      out += print_cell(cell);
    }
    out += '\n';
  }
  return out;
}

}  // namespace cairn::footprint
