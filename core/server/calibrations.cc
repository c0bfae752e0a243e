// Calibrations as JSON.
#include "server/calibrations.h"

#include <cmath>
#include <utility>

#include "wire/json.h"

namespace cairn::server {

using footprint::Calibration;
using model::Value;

namespace {

constexpr int64_t kCalibrationsVersion = 1;

Result<double> number_at(const Value& object, std::string_view name) {
  const Value* number = object.find(name);
  const double value = number ? number->number_or(-1) : -1;
  if (!(value >= 0) || !std::isfinite(value))
    return fail(Code::kCorrupt, "expected a calibration with {} of 0 or more", name);
  return value;
}

Result<Calibration> decode_one(const Value& value) {
  Calibration calibration;
  const Value* host = value.find("hostname");
  if (!host || host->string_or("").empty())
    return fail(Code::kCorrupt, "expected a calibration with hostname");
  calibration.hostname = *host->as_string();
  TRY(calibration.rest_share, number_at(value, "rest_share"));
  TRY(calibration.rest_w, number_at(value, "rest_w"));
  TRY(calibration.uncertainty, number_at(value, "uncertainty"));
  return calibration;
}

}  // namespace

std::string encode_calibrations(const std::vector<Calibration>& calibrations) {
  model::List list;
  for (const Calibration& one : calibrations)
    list.push_back(model::Object{{"hostname", one.hostname},
                                 {"rest_share", one.rest_share},
                                 {"rest_w", one.rest_w},
                                 {"uncertainty", one.uncertainty}});
  return wire::print_json(
             model::Object{{"version", kCalibrationsVersion}, {"calibrations", std::move(list)}}) +
         "\n";
}

Result<std::vector<Calibration>> decode_calibrations(std::string_view bytes) {
  TRY(const Value file, wire::parse_json(bytes));
  const Value* version = file.find("version");
  if (!version || version->int_or(0) != kCalibrationsVersion)
    return fail(Code::kInvalid, "expected calibrations of version {}, found {}",
                kCalibrationsVersion, version ? version->int_or(0) : 0);
  const Value* list = file.find("calibrations");
  if (!list || !list->as_list()) return fail(Code::kCorrupt, "expected a list of calibrations");
  std::vector<Calibration> calibrations;
  for (const Value& one : *list->as_list()) {
    TRY(Calibration calibration, decode_one(one));
    calibrations.push_back(std::move(calibration));
  }
  return calibrations;
}

}  // namespace cairn::server
