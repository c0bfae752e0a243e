// When the record of energy is taken and kept, and which variables say where a run is.
#include "client/energy_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "base/clock.h"

namespace cairn::client {

using model::EnergyPart;
using model::Value;

namespace {

constexpr int64_t kAppendNs = 30 * kNsPerSecond, kAppendNsMax = 300 * kNsPerSecond;
constexpr int64_t kAppendShare = 20;  // of the run's age
constexpr int64_t kFreshNs = kNsPerSecond / 100;
constexpr size_t kZoneBytesMax = 64;

std::string_view variable(const char* name) {
  const char* const text = std::getenv(name);
  return text ? text : "";
}

// The text as a number that is at least `least`.
std::optional<double> parse_amount(std::string_view text, double least) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_amount =
      error == std::errc{} && end == text.data() + text.size() && number >= least && number < 1e9;
  return is_amount ? std::optional(number) : std::nullopt;
}

bool is_currency(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_zone(std::string_view text) {
  return text.size() <= kZoneBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

EnergyWatch::EnergyWatch(int pid) : x_meter(probe::EnergyMeter::Options{.pid = pid}) {}

void EnergyWatch::tick() {
  const std::lock_guard reading(x_reading);
  read();
}

void EnergyWatch::tick_if_due(int64_t now_ns) {
  const std::lock_guard reading(x_reading);
  if (now_ns >= x_meter.next_tick_ns()) read();
}

void EnergyWatch::read() {
  x_meter.tick();
  x_read_ns = monotonic_now_ns();
  const std::lock_guard lock(x_mutex);
  x_latest = x_meter.record();
}

void EnergyWatch::add_to(std::vector<std::pair<std::string, double>>& row) const {
  const std::lock_guard lock(x_mutex);
  if (!x_latest) return;
  const model::EnergyRecord& record = *x_latest;
  const auto add_part = [&](std::string_view name, EnergyPart part) {
    std::optional<double> sum_j;
    for (const model::SensorEnergy& sensor : record.sensors)
      if (sensor.part == part) sum_j = sum_j.value_or(0) + sensor.run_j;
    if (sum_j) row.emplace_back(name, *sum_j);
  };
  add_part("energy.cpu_j", EnergyPart::kCpu);
  add_part("energy.memory_j", EnergyPart::kMemory);
  add_part("energy.gpu_j", EnergyPart::kGpu);
  row.emplace_back("energy.share_s", record.share_s);
  row.emplace_back("energy.even_s", record.even_s);
  row.emplace_back("energy.load_s", record.load_s);
  std::optional<double> held_s, busy_s;
  for (const model::UnmeasuredDevice& device : record.unmeasured) {
    held_s = held_s.value_or(0) + device.held_s;
    if (device.busy_s) busy_s = busy_s.value_or(0) + *device.busy_s;
  }
  if (held_s) row.emplace_back("energy.gpu_held_s", *held_s);
  if (busy_s) row.emplace_back("energy.gpu_busy_s", *busy_s);
}

void EnergyWatch::append_to(Recorder& recorder) {
  if (x_writer.empty()) x_writer = recorder.journal_name().writer;
  Value mine, energy;
  {
    const std::lock_guard lock(x_mutex);
    if (!x_latest) return;
    mine.set(x_writer, to_value(*x_latest));
  }
  energy.set("energy", std::move(mine));
  recorder.append(model::CaptureAdded{std::move(energy)});
}

void EnergyWatch::append_if_due(Recorder& recorder, int64_t now_ns) {
  if (x_began_ns == 0) {
    x_began_ns = now_ns;
    x_next_append_ns = now_ns + kAppendNs;
  }
  if (now_ns < x_next_append_ns) return;
  append_to(recorder);
  x_next_append_ns =
      now_ns + std::clamp((now_ns - x_began_ns) / kAppendShare, kAppendNs, kAppendNsMax);
}

std::optional<model::EnergyRecord> EnergyWatch::look() {
  if (const std::unique_lock reading(x_reading, std::try_to_lock); reading)
    if (x_read_ns > 0 && monotonic_now_ns() - x_read_ns >= kFreshNs) read();
  const std::lock_guard lock(x_mutex);
  return x_latest;
}

Value place_from_environment(const std::function<void(const std::string&)>& warn) {
  const auto refuse = [&](std::string_view name, std::string_view expected, std::string_view text) {
    warn(fmt::format("expected {} in {}, found '{}': it is left out", expected, name,
                     text.substr(0, 100)));
  };
  Value place;
  if (const std::string_view zone = variable("CAIRN_ZONE"); is_zone(zone)) {
    if (!zone.empty()) place.set("zone", zone);
  } else {
    refuse("CAIRN_ZONE", "a zone such as 'DE' or 'gcp:us-west1'", zone);
  }
  if (const std::string_view text = variable("CAIRN_PUE"); !text.empty()) {
    if (const auto pue = parse_amount(text, 1))
      place.set("pue", *pue);
    else
      refuse("CAIRN_PUE", "a number from 1", text);
  }
  if (const std::string_view text = variable("CAIRN_PRICE_PER_KWH"); !text.empty()) {
    const size_t blank = text.find(' ');
    const auto price = parse_amount(text.substr(0, blank), 0);
    const bool has_currency = blank != std::string_view::npos;
    if (price && (!has_currency || is_currency(text.substr(blank + 1)))) {
      place.set("price_per_kwh", *price);
      if (has_currency) place.set("currency", text.substr(blank + 1));
    } else {
      refuse("CAIRN_PRICE_PER_KWH", "a price such as '0.25' or '0.25 EUR'", text);
    }
  }
  return place;
}

}  // namespace cairn::client
