// FakeGpu: a GPU whose true power is known at every instant, and how its sensors tell of it.
#pragma once

#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct FakeProcess {
  unsigned pid = 0;
  unsigned long long memory_bytes = 0;
  unsigned sm_percent = 0;
  unsigned gpu_instance = ~0u;  // none: on the device as a whole
};

struct FakeInstance {  // made by MIG
  std::string uuid;
  unsigned gpu_instance = 0, compute_instance = 0, slices = 0;
};

struct FakeGpu {
  std::string name = "Fake H", uuid, pci;
  std::vector<std::pair<double, double>> power = {{0, 100}};  // seconds, watts from then on
  double repeat_s = 0;                                        // the power's period; 0: none
  double energy_j = 5000.5;                                   // at second 0
  double update_s = 0.1;     // between changes of what the sensors say
  double sampled_share = 1;  // of that time, in which the sensors look
  double average_s = 0;      // that a power is the mean of; 0: of the last update
  double module_w = -1;      // more that the module around it draws; negative: it has none
  double limit_w = 700;
  unsigned long long memory_bytes = 80'000, memory_used_bytes = 30'000;
  std::vector<FakeProcess> processes;
  bool is_mig = false;
  unsigned slices = 0;
  std::vector<FakeInstance> instances;
  // "energy", "power", "fields", "memory", "utilization", "processes", "process_memory",
  // "process_busy"
  std::set<std::string, std::less<>> lacks;
  double lost_s = std::numeric_limits<double>::infinity();  // it is gone from then on
  double call_s = 0;                                        // that each question takes

  double true_energy_j(double now_s) const;  // from second 0
  double counter_j(double now_s) const;      // as its sensors have it
  double reading_w(double now_s, double mean_of_s) const;

 private:
  double sensed_j(double from_s, double to_s) const;
};

// A script has a line for each thing that differs from the above: "gpu NAME" begins one, then
// "uuid U", "pci P", "power S W [S W ...]", "repeat S", "update S", "sampled SHARE", "average S",
// "module W", "limit W", "memory TOTAL USED", "process PID BYTES SM [GI]", "mig SLICES",
// "instance UUID GI CI SLICES", "lacks WHAT [WHAT ...]", "lost S", "takes S". "#" begins a comment.
std::vector<FakeGpu> parse_fake_gpus(std::string_view script);
