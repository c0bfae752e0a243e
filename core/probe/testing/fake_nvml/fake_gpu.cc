// Integrals of a fake GPU's power, and reading scripts.
#include "fake_gpu.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace {

// Of steps of power, from second 0 to `to_s`, which lies in the first period.
double integral(const std::vector<std::pair<double, double>>& power, double to_s) {
  double sum_j = 0;
  for (size_t i = 0; i < power.size(); ++i) {
    const double end_s = i + 1 < power.size() ? std::min(power[i + 1].first, to_s) : to_s;
    if (end_s > power[i].first) sum_j += power[i].second * (end_s - power[i].first);
  }
  return sum_j;
}

// How many whole updates have passed; a little late rather than one too few.
double updates(double now_s, double update_s) { return std::floor(now_s / update_s + 1e-9); }

}  // namespace

double FakeGpu::true_energy_j(double now_s) const {
  if (repeat_s <= 0) return integral(power, now_s);
  const double periods = std::floor(now_s / repeat_s);
  return periods * integral(power, repeat_s) + integral(power, now_s - periods * repeat_s);
}

double FakeGpu::sensed_j(double from_s, double to_s) const {
  if (sampled_share >= 1) return true_energy_j(to_s) - true_energy_j(from_s);
  double sum_j = 0;
  const double first = updates(from_s, update_s), last = updates(to_s, update_s);
  for (double i = first; i < last; ++i) {
    const double begin_s = i * update_s, end_s = begin_s + update_s * sampled_share;
    sum_j += (true_energy_j(end_s) - true_energy_j(begin_s)) / sampled_share;
  }
  return sum_j;
}

double FakeGpu::counter_j(double now_s) const {
  return energy_j + sensed_j(0, updates(now_s, update_s) * update_s);
}

double FakeGpu::reading_w(double now_s, double mean_of_s) const {
  const double to_s = std::max(1.0, updates(now_s, update_s)) * update_s;
  const double from_s = std::max(0.0, to_s - std::max(mean_of_s, update_s));
  return sensed_j(from_s, to_s) / (to_s - from_s);
}

std::vector<FakeGpu> parse_fake_gpus(std::string_view script) {
  std::vector<FakeGpu> gpus;
  std::istringstream lines{std::string(script)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in(line.substr(0, line.find('#')));
    std::string word;
    if (!(in >> word)) continue;
    if (word == "gpu") {
      FakeGpu& gpu = gpus.emplace_back();
      in >> std::ws;
      std::getline(in, gpu.name);
      gpu.uuid = "GPU-" + std::to_string(gpus.size() - 1);
      continue;
    }
    if (gpus.empty()) continue;
    FakeGpu& gpu = gpus.back();
    if (word == "uuid") in >> gpu.uuid;
    if (word == "pci") in >> gpu.pci;
    if (word == "repeat") in >> gpu.repeat_s;
    if (word == "update") in >> gpu.update_s;
    if (word == "sampled") in >> gpu.sampled_share;
    if (word == "average") in >> gpu.average_s;
    if (word == "module") in >> gpu.module_w;
    if (word == "limit") in >> gpu.limit_w;
    if (word == "memory") in >> gpu.memory_bytes >> gpu.memory_used_bytes;
    if (word == "lost") in >> gpu.lost_s;
    if (word == "takes") in >> gpu.call_s;
    if (word == "mig") gpu.is_mig = static_cast<bool>(in >> gpu.slices);
    if (word == "power") {
      gpu.power.clear();
      for (double second = 0, watts = 0; in >> second >> watts;)
        gpu.power.emplace_back(second, watts);
    }
    if (word == "lacks")
      for (std::string what; in >> what;) gpu.lacks.insert(what);
    if (word == "process") {
      FakeProcess& process = gpu.processes.emplace_back();
      in >> process.pid >> process.memory_bytes >> process.sm_percent;
      if (unsigned instance = 0; in >> instance) process.gpu_instance = instance;
    }
    if (word == "instance") {
      FakeInstance& instance = gpu.instances.emplace_back();
      in >> instance.uuid >> instance.gpu_instance >> instance.compute_instance >> instance.slices;
    }
  }
  return gpus;
}
