// Tables: all rows of all texts, and the plain look-ups. Names: device.cc; intensities:
// intensity.cc.
#include "footprint/tables.h"

#include <algorithm>
#include <cstdlib>

#include "base/check.h"
#include "footprint/table_rows.h"

namespace cairn::footprint {

Result<std::shared_ptr<const Tables>> Tables::parse(const std::vector<TableText>& texts) {
  const auto rows = std::make_shared<TableRows>();
  for (const TableText& text : texts) TRY_VOID(read_table(text, *rows));
  find_worlds(*rows);
  return std::shared_ptr<const Tables>(new Tables(rows));
}

const Tables& Tables::embedded() {
  static const std::shared_ptr<const Tables> kTables = [] {
    auto tables = parse(embedded_tables());
    CHECK(tables.has_value());
    return *tables;
  }();
  return *kTables;
}

std::vector<TableInfo> Tables::list() const { return x_rows->infos; }

const HourlySeries* Tables::hours(std::string_view zone, int64_t time_ns) const {
  constexpr int64_t kNsPerHour = int64_t{3600} * 1'000'000'000;
  for (const HourlySeries& series : x_rows->hourly) {
    if (series.zone != zone || time_ns < series.first_ns) continue;
    if (static_cast<size_t>((time_ns - series.first_ns) / kNsPerHour) < series.g_per_kwh.size())
      return &series;
  }
  return nullptr;
}

std::vector<const HourlySeries*> Tables::hourly() const {
  std::vector<const HourlySeries*> all;
  for (const HourlySeries& series : x_rows->hourly) all.push_back(&series);
  return all;
}

const Pue* Tables::find_pue(std::string_view place, int year) const {
  const std::string folded = fold(place);
  if (const auto* rows = find_in(x_rows->pues, folded)) return nearest_year(*rows, year);
  const size_t colon = folded.find(':');
  return colon == std::string::npos ? nullptr : find_pue(folded.substr(0, colon), year);
}

const Price* Tables::find_price(std::string_view what, std::string_view place, int year) const {
  const auto* rows = find_in(x_rows->prices, DeviceKey(what).view());
  if (!rows) return nullptr;
  const Price* best = nullptr;
  for (const Price& row : *rows) {
    if (!place.empty() && row.place != place) continue;
    if (!best || std::abs(row.year - year) <= std::abs(best->year - year)) best = &row;
  }
  return best;
}

const Constant* Tables::find_constant(std::string_view name) const {
  const auto* found = find_in(x_rows->constant_names, name);
  return found ? *found : nullptr;
}

const Constant& Tables::constant(std::string_view name) const {
  const Constant* found = find_constant(name);
  CHECK(found != nullptr);
  return *found;
}

std::vector<const Constant*> Tables::constants(std::string_view prefix) const {
  std::vector<const Constant*> all;
  for (const Constant& constant : x_rows->constants)
    if (constant.name.starts_with(prefix)) all.push_back(&constant);
  return all;
}

}  // namespace cairn::footprint
