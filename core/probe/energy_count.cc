// From readings to joules: wraps are bridged, and what no device can do adds nothing.
#include "probe/energy_sensor.h"

namespace cairn::probe {
namespace {

// Counters stand still between their updates: a reading just after one holds what passed since the
// update before, at most this long (NVML's are 0.1 s apart, those of slow controllers 1 s).
constexpr double kUpdateSecondsMax = 1;

double seconds(int64_t ns) { return static_cast<double>(ns) / static_cast<double>(kNsPerSecond); }

// What a counter went on by; nothing when it went back further than by one wrap.
std::optional<uint64_t> advance(uint64_t before, uint64_t now, uint64_t range) {
  if (now >= before) return now - before;
  if (range == 0 || before > range) return std::nullopt;
  return range - before + now;
}

void add_counter(EnergyCount& count, const EnergySensor& sensor, uint64_t counter, int64_t time_ns,
                 int64_t gap_ns_max) {
  const int64_t elapsed_ns = time_ns - count.last_counter_ns;
  const bool is_first = count.last_counter_ns == 0;
  if (!is_first && elapsed_ns <= 0) return;
  const auto units = advance(count.last_counter, counter, sensor.counter_range);
  count.last_counter = counter;
  count.last_counter_ns = time_ns;
  if (is_first) return;

  const double elapsed_s = seconds(elapsed_ns), unit_j = sensor.counter_unit_j;
  const double range_j = static_cast<double>(sensor.counter_range) * unit_j;
  if (elapsed_ns > gap_ns_max && range_j > 0 && sensor.power_w_max * elapsed_s >= range_j) return;
  const double energy_j = units ? static_cast<double>(*units) * unit_j : 0;
  if (!units || energy_j > sensor.power_w_max * (elapsed_s + kUpdateSecondsMax)) {
    ++count.resets;
    return;
  }
  count.counter_j += energy_j;
  count.counter_s += elapsed_s;
}

void add_power(EnergyCount& count, const EnergySensor& sensor, double power_w, int64_t time_ns,
               int64_t gap_ns_max) {
  if (!(power_w >= 0 && power_w <= sensor.power_w_max)) return;  // nor NaN
  const int64_t elapsed_ns = time_ns - count.last_power_ns;
  const bool is_first = count.last_power_ns == 0;
  if (!is_first && elapsed_ns <= 0) return;
  if (!is_first && elapsed_ns <= gap_ns_max) {
    count.power_j += (count.last_power_w + power_w) / 2 * seconds(elapsed_ns);
    count.power_s += seconds(elapsed_ns);
  }
  count.last_power_w = power_w;
  count.last_power_ns = time_ns;
}

}  // namespace

void add_reading(EnergyCount& count, const EnergySensor& sensor, const EnergyReading& reading,
                 int64_t gap_ns_max) {
  if (reading.counter) add_counter(count, sensor, *reading.counter, reading.time_ns, gap_ns_max);
  if (reading.power_w) add_power(count, sensor, *reading.power_w, reading.time_ns, gap_ns_max);
}

}  // namespace cairn::probe
