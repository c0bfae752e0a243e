// Fuzzes what sensors and the environment may say: whatever a sensor answers, energy neither
// shrinks nor exceeds what its device can draw; whatever CUDA_VISIBLE_DEVICES says, no GPU is seen
// twice.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/check.h"
#include "probe/energy_sensor.h"
#include "probe/visible_gpus.h"

namespace {

using namespace cairn;

class NoSensor final : public probe::EnergySensor {
 public:
  void read(probe::EnergyReading& out) override { out = {}; }
};

template <typename Number>
Number take(const uint8_t*& data, size_t& size) {
  Number number = {};
  const size_t n = std::min(size, sizeof number);
  std::memcpy(&number, data, n);
  data += n;
  size -= n;
  return number;
}

void add_readings(const uint8_t* data, size_t size) {
  constexpr uint64_t kPauseNsMax = 100 * uint64_t{kNsPerSecond};
  NoSensor sensor;
  sensor.counter_range = take<uint64_t>(data, size);
  probe::EnergyCount count;
  int64_t now_ns = 1, readings = 0;
  while (size > 0) {
    now_ns += static_cast<int64_t>(take<uint64_t>(data, size) % kPauseNsMax);
    const auto counter = take<uint64_t>(data, size);
    const auto power_w = take<double>(data, size);
    const double before_j = count.counter_j;
    add_reading(count, sensor, {now_ns, counter, power_w}, 30 * kNsPerSecond);
    ++readings;
    const double passed_s = static_cast<double>(now_ns) / static_cast<double>(kNsPerSecond);
    CHECK(count.counter_j >= before_j && count.power_j >= 0);
    CHECK(count.counter_j <= sensor.power_w_max * (passed_s + static_cast<double>(readings) + 1));
    CHECK(count.power_j <= sensor.power_w_max * (passed_s + 1));
  }
}

void find_gpus(const uint8_t* data, size_t size) {
  std::vector<probe::GpuFacts> gpus(3);
  for (int i = 0; i < 3; ++i) {
    probe::GpuFacts& gpu = gpus[static_cast<size_t>(i)];
    gpu.index = i;
    gpu.uuid = "GPU-" + std::to_string(i);
  }
  gpus[2].is_mig = true;
  gpus[2].slices = 7;
  gpus[2].instances = {{"MIG-1", 1, 0, 3}, {"MIG-2", 2, 0, 2}};
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string cuda = "CUDA_VISIBLE_DEVICES=" + text,
                    nvidia = "NVIDIA_VISIBLE_DEVICES=" + text;
  const char* const environment[] = {cuda.c_str(), nvidia.c_str(), nullptr};
  const probe::VisibleGpus visible = probe::find_visible_gpus(environment, gpus);
  double devices = 0;
  for (const probe::VisibleGpu& gpu : visible.gpus) {
    CHECK(gpu.index >= 0 && gpu.index < 3 && gpu.share > 0 && gpu.share <= 1);
    devices += gpu.share;
  }
  CHECK(devices <= 3);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  add_readings(data, size);
  find_gpus(data, size);
  return 0;
}
