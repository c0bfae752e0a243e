// From a table's text to rows: which table it is (by its columns), what each row must hold.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "footprint/hours.h"
#include "footprint/hours_csv.h"
#include "footprint/row_reader.h"
#include "footprint/table_rows.h"

namespace cairn::footprint {
namespace {

constexpr double kGramsMax = 2500;  // no grid is worse than burning lignite in an old plant
constexpr double kPueMax = 5;
constexpr double kWattsMax = 50'000;  // of one device: wafers take 23 kW
constexpr double kAnyMax = 1e15;

template <typename Visit>
void for_each_name(std::string_view joined, const Visit& visit) {  // "a; b;c"
  while (!joined.empty()) {
    const size_t end = std::min(joined.find(';'), joined.size());
    std::string_view name = joined.substr(0, end);
    name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
    if (!name.empty()) visit(name);
    joined.remove_prefix(std::min(end + 1, joined.size()));
  }
}

// Replaces the row of the same key, or adds it.
template <typename Rows, typename Row, typename Same>
void put(Rows& rows, Row row, const Same& is_same) {
  const auto found = std::find_if(rows.begin(), rows.end(), is_same);
  if (found == rows.end())
    rows.push_back(std::move(row));
  else
    *found = std::move(row);
}

IntensityKind read_kind(RowReader& in) {
  const std::string_view kind = in.text("kind");
  if (kind != "average" && kind != "marginal") in.expected("'average' or 'marginal'", "kind");
  return kind == "marginal" ? IntensityKind::kMarginal : IntensityKind::kAverage;
}

IntensityScope read_scope(RowReader& in) {
  const std::string_view scope = in.text("scope");
  if (scope != "lifecycle" && scope != "direct") in.expected("'lifecycle' or 'direct'", "scope");
  return scope == "direct" ? IntensityScope::kDirect : IntensityScope::kLifecycle;
}

void read_intensity(RowReader& in, TableRows& rows) {
  const std::string zone = in.needed_text("zone");
  IntensityRow row;
  row.year = in.needed_year();
  row.kind = read_kind(in);
  row.scope = read_scope(in);
  row.g_per_kwh = in.positive("g_per_kwh", kGramsMax);
  row.source = in.source();
  row.release = in.release();
  const std::string country(in.text("country"));
  if (in.error()) return;
  rows.zones.try_emplace(zone, Zone{zone, {}, country, {}});
  put(rows.intensities[zone], row, [&](const IntensityRow& other) {
    return other.year == row.year && other.kind == row.kind && other.scope == row.scope &&
           other.source == row.source;
  });
}

void read_zone(RowReader& in, TableRows& rows) {
  Zone row{in.needed_text("zone"), in.needed_text("name"), std::string(in.text("country")),
           std::string(in.text("country_name"))};
  if (in.error()) return;
  const std::string zone = row.zone;
  for (const std::string_view name : {std::string_view(row.name), in.text("aliases")})
    for_each_name(name,
                  [&](std::string_view each) { rows.zone_names.emplace_back(fold(each), zone); });
  if (row.country == zone && row.country_name != row.name)
    rows.zone_names.emplace_back(fold(row.country_name), zone);
  rows.zones.insert_or_assign(zone, std::move(row));
}

void read_region(RowReader& in, TableRows& rows) {
  RegionRow row{in.needed_text("place"), in.needed_text("zone"), std::string(in.text("location"))};
  if (row.place.find(':') == std::string::npos) in.expected("PROVIDER:REGION", "place");
  if (!in.error()) rows.regions.insert_or_assign(fold(row.place), row);
}

void read_region_year(RowReader& in, TableRows& rows) {
  const std::string place = fold(in.needed_text("place"));
  RegionYear row;
  row.year = in.needed_year();
  if (!in.text("scope").empty()) row.scope = read_scope(in);
  if (!in.text("g_per_kwh").empty()) row.g_per_kwh = in.positive("g_per_kwh", kGramsMax);
  row.cfe = in.number("cfe", 0, 1);
  row.source = in.source();
  row.release = in.release();
  if (!in.error())
    put(rows.region_years[place], row,
        [&](const RegionYear& other) { return other.year == row.year; });
}

// A value with its range; a bound that is not given is the value.
Quantity read_range(RowReader& in, std::string_view column, double least, double most) {
  const double value = in.needed_number(column, least, most);
  const Quantity range{value, in.number("low", least, most).value_or(value),
                       in.number("high", least, most).value_or(value), Method::kAssumed};
  if (range.low > value) in.expected("no more than the value", "low");
  if (range.high < value) in.expected("no less than the value", "high");
  return range;
}

void read_pue(RowReader& in, TableRows& rows) {
  const Pue row{read_range(in, "pue", 1, kPueMax), in.needed_text("place"), in.source(),
                in.needed_year()};
  if (!in.error())
    put(rows.pues[fold(row.place)], row, [&](const Pue& other) { return other.year == row.year; });
}

// Names go before aliases; of aliases the first one counts.
void put_device(RowReader& in, TableRows& rows, Device device) {
  if (in.error()) return;
  Device*& named = rows.device_keys[std::string(DeviceKey(device.name).view())];
  if (named && named->name == device.name)
    *named = std::move(device);
  else
    named = &rows.devices.emplace_back(std::move(device));
  Device* const kept = named;
  for_each_name(in.text("aliases"), [&](std::string_view alias) {
    rows.device_keys.try_emplace(std::string(DeviceKey(alias).view()), kept);
  });
}

void read_device(RowReader& in, TableRows& rows) {
  Device device;
  device.name = in.needed_text("name");
  device.vendor = in.text("vendor");
  device.kind = in.needed_text("kind");
  device.tdp_w = in.positive("tdp_w", kWattsMax);
  device.idle_w = in.number("idle_w", 0, device.tdp_w);
  device.memory_gb = in.number("memory_gb", 0, kAnyMax);
  device.year = in.year();
  device.form = in.text("form");
  device.peak_tflops = in.number("peak_tflops", 0, kAnyMax);
  device.peak_form = in.text("peak_form");
  device.embodied_kg = in.number("embodied_kg", 0, kAnyMax);
  device.source = in.source();
  put_device(in, rows, std::move(device));
}

void read_cpu(RowReader& in, TableRows& rows) {
  Device device;
  device.name = in.needed_text("name");
  device.vendor = device.name.substr(0, device.name.find(' '));
  device.kind = "cpu";
  device.tdp_w = in.positive("tdp_w", kWattsMax);
  device.source = in.source();
  put_device(in, rows, std::move(device));
}

void read_price(RowReader& in, TableRows& rows) {
  Price row;
  row.low = in.needed_number("low", 0, kAnyMax);
  row.high = in.needed_number("high", row.low, kAnyMax);
  row.currency = in.currency();
  row.unit = in.needed_text("unit");
  row.place = in.text("place");
  row.source = in.source();
  row.year = in.needed_year();
  const std::string what = in.needed_text("what");
  if (in.error()) return;
  put(rows.prices[std::string(DeviceKey(what).view())], row, [&](const Price& other) {
    return other.year == row.year && other.place == row.place && other.unit == row.unit;
  });
}

void read_constant(RowReader& in, TableRows& rows) {
  const Constant row{in.needed_text("name"), in.needed_text("unit"), in.source(),
                     read_range(in, "value", -kAnyMax, kAnyMax), in.year()};
  if (in.error()) return;
  Constant*& named = rows.constant_names[row.name];
  if (named)
    *named = row;
  else
    named = &rows.constants.emplace_back(row);
}

// A table is told by the columns that it must have; the first that fits is it.
struct Form {
  std::string_view columns;  // separated by ";"
  std::string_view key;      // of a row: once in a file
  void (*read)(RowReader& in, TableRows& rows);
};
constexpr auto kForms = std::to_array<Form>({
    {"zone;country;year;kind;scope;g_per_kwh", "zone;year;kind;scope;source", read_intensity},
    {"zone;name;country;country_name", "zone", read_zone},
    {"place;zone", "place", read_region},
    {"place;year;g_per_kwh", "place;year", read_region_year},
    {"place;year;pue", "place;year", read_pue},
    {"name;vendor;kind;tdp_w", "name", read_device},
    {"name;tdp_w", "name", read_cpu},
    {"what;place;low;high;currency;unit;year", "what;place;unit;year", read_price},
    {"name;value;unit", "name", read_constant},
});

const Form* find_form(const CsvTable& table) {
  for (const Form& form : kForms) {
    bool fits = true;
    for_each_name(form.columns, [&](std::string_view column) {
      fits = fits && table.column(column).has_value();
    });
    if (fits) return &form;
  }
  return nullptr;
}

Result<TableInfo> read_info(const CsvTable& table, std::string_view file) {
  TableInfo info;
  info.file = file;
  info.rows = table.rows.size();
  const std::array<std::pair<const char*, std::string*>, 6> members = {
      {{"name", &info.name},
       {"title", &info.title},
       {"source", &info.source},
       {"licence", &info.licence},
       {"year", &info.years},
       {"release", &info.release}}};
  for (const auto& [key, member] : members) {
    *member = table.head_value(key);
    if (member->empty())
      return fail(Code::kCorrupt, "{}:1: expected a line '# {}: ...' above the columns, found none",
                  file, key);
  }
  if (!is_date(info.release))
    return fail(Code::kCorrupt, "{}:1: expected '# release: YYYY-MM-DD', found '{}'", file,
                info.release);
  return info;
}

Result<void> read_rows(const CsvTable& table, const Form& form, const TableInfo& info,
                       TableRows& rows) {
  RowReader in(table, info.file, info.source, info.release);
  ByName<size_t> lines;
  for (const CsvRow& row : table.rows) {
    in.begin(row);
    form.read(in, rows);
    if (in.error()) return tl::unexpected(*in.error());
    std::string key;
    for_each_name(form.key,
                  [&](std::string_view column) { key.append(in.text(column)).push_back('\n'); });
    if (const auto [first, is_new] = lines.emplace(std::move(key), row.line); !is_new)
      return fail(Code::kCorrupt, "{}:{}: expected a row once, found the one of line {} again",
                  info.file, row.line, first->second);
  }
  return {};
}

}  // namespace

Result<void> read_table(const TableText& text, TableRows& rows) {
  TRY(const CsvTable table, parse_csv(text.text, text.file));
  TRY(TableInfo info, read_info(table, text.file));
  if (const Form* form = find_form(table)) {
    TRY_VOID(read_rows(table, *form, info, rows));
  } else if (is_hourly(table)) {
    auto series = parse_hourly_csv(text.text, {});
    if (!series) return tl::unexpected(std::move(series).error().in(text.file));
    const auto is_same = [&](const HourlySeries& other) {
      return other.zone == series->zone && other.kind == series->kind &&
             other.scope == series->scope && other.first_ns == series->first_ns;
    };
    put(rows.hourly, *series, is_same);
  } else {
    return fail(
        Code::kCorrupt,
        "{}: expected the columns of a table that is known (docs/formats/data.md), found {}",
        text.file, fmt::join(table.columns, ","));
  }
  rows.infos.push_back(std::move(info));
  return {};
}

}  // namespace cairn::footprint
