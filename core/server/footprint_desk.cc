// Reading a store's tables and calibrations, and asking the room footprint with them.
#include "server/footprint_desk.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/clock.h"
#include "base/id.h"
#include "footprint/hours.h"
#include "query/time_text.h"
#include "server/calibrations.h"
#include "wire/json.h"

namespace cairn::server {

using footprint::Calibration;
using footprint::Footprint;
using footprint::Place;
using footprint::Tables;
using footprint::TableText;
using model::Value;

namespace {

constexpr size_t kTableBytesMax = 32 << 20;
constexpr double kJoulesPerKwh = 3.6e6;
constexpr int64_t kNsPerHour = 3600 * kNsPerSecond;
constexpr std::string_view kHourlyFolder = "/data/hourly";

std::string calibrations_path(const std::string& dir) { return dir + "/calibrations.json"; }

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Result<double> number_of(std::string_view name, std::string_view text) {
  const auto value = wire::parse_json(text);
  if (!value || !value->is_number())
    return fail(Code::kInvalid, "expected a number in {}, found '{}'", name, text);
  return value->number_or(0);
}

std::shared_ptr<const Tables> tables_of_binary() {
  return {std::shared_ptr<const Tables>(), &Tables::embedded()};
}

// What a line "# name: intensity_zones" at the beginning says.
std::string name_in(std::string_view text) {
  constexpr std::string_view kName = "# name:";
  while (text.starts_with('#')) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(kName)) {
      const size_t begin = line.find_first_not_of(' ', kName.size());
      const size_t end = line.find_last_not_of(" \r");
      return begin > end ? "" : std::string(line.substr(begin, end + 1 - begin));
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return {};
}

// In the form of our own, whatever it came in.
std::string print_hourly(footprint::HourlySeries series, std::string zone,
                         const std::string& file) {
  constexpr std::string_view kDate = "2026-01-31";
  const int64_t now_ns = wall_now_ns();
  series.zone = std::move(zone);
  if (series.source.empty()) series.source = file;
  if (series.release.empty())
    series.release = query::print_time({now_ns, now_ns}).substr(0, kDate.size());
  return footprint::print_hourly_csv(series, "as its source says");
}

}  // namespace

Result<Place> place_of_environment() {
  Value said{model::Object{}};
  for (const auto& [name, member] :
       {std::pair("CAIRN_ZONE", "zone"), std::pair("CAIRN_PROVIDER", "provider"),
        std::pair("CAIRN_IDLE", "idle")})
    if (const auto text = variable(name); !text.empty()) said.set(member, text);
  if (const auto text = variable("CAIRN_PUE"); !text.empty()) {
    TRY(const double pue, number_of("CAIRN_PUE", text));
    said.set("pue", pue);
  }
  if (const auto text = variable("CAIRN_PRICE_PER_KWH"); !text.empty()) {
    const size_t space = std::min(text.find(' '), text.size());
    TRY(const double price, number_of("CAIRN_PRICE_PER_KWH", text.substr(0, space)));
    said.set("price_per_kwh", price);
    if (space < text.size()) said.set("currency", text.substr(text.find_last_of(' ') + 1));
  }
  return footprint::parse_place(said);
}

footprint::RunEnergy energy_of(const Value& meta, int64_t began_ns, std::optional<double> ran_s) {
  footprint::RunEnergy run;
  run.records = model::energy_records(meta);
  run.meta = meta;
  run.began_ns = began_ns;
  run.ran_s = ran_s;
  return run;
}

FootprintDesk::FootprintDesk(Disk& disk, std::string dir)
    : x_disk(disk), x_dir(std::move(dir)), x_tables(tables_of_binary()) {}

std::vector<FootprintDesk::Source> FootprintDesk::list_sources() const {
  std::vector<Source> sources;
  const auto add = [&](const std::string& path) {
    if (const auto info = x_disk.info(path))
      sources.push_back({path, info->bytes, info->modified_ns});
  };
  for (const std::string& folder : {x_dir + "/data", x_dir + std::string(kHourlyFolder)})
    if (const auto entries = x_disk.list(folder))
      for (const DirEntry& entry : *entries)
        if (!entry.is_dir && entry.name.ends_with(".csv")) add(folder + "/" + entry.name);
  add(calibrations_path(x_dir));
  return sources;
}

void FootprintDesk::refresh() {
  std::vector<Source> sources = list_sources();
  if (sources == x_sources) return;
  ++x_revision;
  x_sources = std::move(sources);
  x_problem.reset();
  if (const auto loaded = load(); !loaded) x_problem = loaded.error();
}

Result<void> FootprintDesk::load() {
  x_calibrations.clear();
  x_tables = tables_of_binary();
  TRY(x_house, place_of_environment());
  const std::string path = calibrations_path(x_dir);
  if (x_disk.exists(path)) {
    TRY(const std::string text, read_file(x_disk, path, kTableBytesMax));
    auto calibrations = decode_calibrations(text);
    if (!calibrations) return tl::unexpected(std::move(calibrations.error()).in(path));
    x_calibrations = std::move(*calibrations);
  }
  TRY(x_tables, parse_with(*x_sources, std::nullopt));
  return {};
}

// Those of the binary, those of this store over them, and one more where there is one.
Result<std::shared_ptr<const Tables>> FootprintDesk::parse_with(
    const std::vector<Source>& sources, const std::optional<TableText>& more) const {
  std::vector<std::string> kept;
  kept.reserve(sources.size());  // the texts are views of these
  std::vector<TableText> texts = footprint::embedded_tables();
  const size_t embedded = texts.size();
  for (const Source& source : sources) {
    if (!source.path.ends_with(".csv")) continue;
    TRY(std::string text, read_file(x_disk, source.path, kTableBytesMax));
    texts.push_back({source.path, kept.emplace_back(std::move(text))});
  }
  if (more) texts.push_back(*more);
  return texts.size() == embedded ? tables_of_binary() : Tables::parse(texts);
}

Place FootprintDesk::place_of(const Value& meta, const Place& wanted) const {
  const Value* said = meta.find("place");
  const auto own = said ? footprint::parse_place(*said) : Result<Place>(Place{});
  return footprint::lay_over(footprint::lay_over(x_house, own.value_or(Place{})), wanted);
}

Result<std::optional<Footprint>> FootprintDesk::assess(const footprint::RunEnergy& run,
                                                       const Place& wanted) const {
  Place place = place_of(run.meta, wanted);
  auto assessed = footprint::assess(run, place, *x_tables, x_calibrations);
  // It was over before anybody looked: that is not known, and not nothing.
  if (assessed && *assessed && !((*assessed)->energy_kwh.high > 0)) return std::nullopt;
  if (assessed || !wanted.zone.empty() || place.zone.empty()) return assessed;
  place.zone.clear();
  auto without_zone = footprint::assess(run, place, *x_tables, x_calibrations);
  if (without_zone && *without_zone) (*without_zone)->notes.push_back(assessed.error().message());
  return without_zone;
}

Value FootprintDesk::summarise(const Run& run) const {
  const auto assessed = assess(energy_of(run.meta, run.began_ns, run.ran_s), {});
  return assessed && *assessed ? footprint::to_summary(**assessed) : Value();
}

query::RunCosts::Terms FootprintDesk::energy_terms(const Value& meta) const {
  Terms terms;
  const footprint::RunEnergy run = energy_of(meta, 0, std::nullopt);
  if (run.records.empty()) return terms;
  const Place place = place_of(meta, {});
  for (const footprint::EnergyTerm& term :
       footprint::energy_terms(run.records, place, *x_tables, x_calibrations))
    terms.terms.push_back({term.series, term.j_per_unit / kJoulesPerKwh});
  terms.writers = run.records.size();
  if (const auto assessed = assess(run, {}); assessed && *assessed)
    terms.total_kwh = (*assessed)->energy_kwh.value;
  return terms;
}

// A table says its name in its first lines; what does not is what somebody exported hour by hour.
Result<footprint::TableInfo> FootprintDesk::add_table(const std::string& file,
                                                      const std::string& text,
                                                      const std::string& zone) {
  std::string path, content = text;
  if (const std::string name = name_in(text); !name.empty()) {
    if (!is_safe_name(name))
      return fail(Code::kInvalid,
                  "expected a table's name of letters, digits and '_', found '{}' ({})", name,
                  file);
    path = fmt::format("{}/data/{}.csv", x_dir, name);
  } else {
    auto series = footprint::parse_hourly_csv(text, zone);
    if (!series) return tl::unexpected(std::move(series.error()).in(file));
    TRY(const std::string known, x_tables->zone_of(series->zone));
    path =
        fmt::format("{}{}/{}-{}.csv", x_dir, kHourlyFolder, known, series->first_ns / kNsPerHour);
    content = print_hourly(*series, known, file);
  }
  TRY_VOID(check_with(path, content));
  TRY_VOID(x_disk.make_dirs(parent_of(path)));
  TRY_VOID(write_file_atomically(x_disk, path, content));
  refresh();
  if (x_problem) return tl::unexpected(*x_problem);
  for (const footprint::TableInfo& table : x_tables->list())
    if (table.file == path) return table;
  return fail(Code::kCorrupt, "expected a table that is used ({})", path);
}

// Reads all texts as they would be with `content` at `path`.
Result<void> FootprintDesk::check_with(const std::string& path, const std::string& content) const {
  std::vector<Source> others = list_sources();
  std::erase_if(others, [&](const Source& source) { return source.path == path; });
  TRY_VOID(parse_with(others, TableText{path, content}));
  return {};
}

Result<void> FootprintDesk::keep(const Calibration& calibration) {
  if (x_problem) return tl::unexpected(*x_problem);  // what cannot be read is not overwritten
  std::vector<Calibration> all = x_calibrations;
  std::erase_if(all, [&](const Calibration& one) { return one.hostname == calibration.hostname; });
  all.push_back(calibration);
  TRY_VOID(write_file_atomically(x_disk, calibrations_path(x_dir), encode_calibrations(all)));
  refresh();
  return {};
}

}  // namespace cairn::server
