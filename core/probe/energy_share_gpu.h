// GpuHolds: which GPUs a process tree uses, and how much of each is its. Internal to the room.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/energy.h"
#include "probe/machine.h"
#include "probe/nvml.h"
#include "probe/processes.h"

namespace cairn::probe {

// What a process tree has of one GPU.
struct GpuHold {
  double share = 0;  // 0: it does not use it
  model::EnergyShare by = model::EnergyShare::kExclusive;
};

// Owned by one meter and used by its thread. Asking takes its time: it is done as often as stays
// below 0.02 % of a core, and the answers hold until then. Making one loads NVML.
class GpuHolds {
 public:
  // `environment`: "NAME=VALUE", of the program that runs. `has_others`: GPUs that NVML does not
  // know.
  GpuHolds(const Machine& machine, std::vector<std::string> environment, bool has_others);
  ~GpuHolds();

  void read(const std::vector<int>& pids);
  // Of NVML's device, or with an index below 0 of the one whose sensor's name ends with its PCI
  // address.
  GpuHold find(int nvml_index, const std::string& sensor) const;
  // The device's utilisation, 0 to 1, as of the last reading; the first call says that it is
  // wanted.
  std::optional<double> find_busy(int nvml_index);

 private:
  struct Device;
  struct Opened {
    std::vector<int> cuda_pids;    // sorted
    std::vector<std::string> pci;  // of GPUs of other vendors
  };
  Opened find_opened(const std::vector<int>& pids) const;
  GpuHold hold_of(Device& device, const std::vector<int>& pids) const;
  GpuHold hold_unseen(const Device& device) const;

  const Machine x_machine;
  const std::vector<std::string> x_environment;
  const bool x_has_others;
  bool x_is_hidden = false;  // the driver's process numbers are not ours, or it tells none
  Budget x_budget;
  std::unique_ptr<Nvml> x_nvml;
  std::vector<Device> x_devices;
  Opened x_opened;
};

}  // namespace cairn::probe
