// Devices by the names that people, drivers and /proc/cpuinfo give them.
#include <fmt/format.h>

#include <algorithm>

#include "footprint/table_rows.h"
#include "footprint/tables.h"

namespace cairn::footprint {
namespace {

// The one device, CPUs left out, with a name or alias that begins or ends with what was written.
// Null when there is none; several are told in `others`.
const Device* find_by_part(const TableRows& rows, std::string_view part,
                           std::vector<std::string_view>& others) {
  const Device* found = nullptr;
  for (const bool at_end : {false, true}) {
    for (const auto& [key, device] : rows.device_keys) {
      if (device->kind == "cpu") continue;
      if (at_end ? !key.ends_with(part) : !key.starts_with(part)) continue;
      if (!found) found = device;
      if (found != device) others.push_back(device->name);
    }
    if (found) break;
  }
  return found;
}

}  // namespace

const Device* Tables::find_device(std::string_view name) const {
  for (const auto memory : {DeviceKey::Memory::kKept, DeviceKey::Memory::kDropped})
    if (const auto* found = find_in(x_rows->device_keys, DeviceKey(name, memory).view()))
      return *found;
  return nullptr;
}

Result<const Device*> Tables::device(std::string_view name) const {
  if (const Device* found = find_device(name)) return found;
  constexpr size_t kPartMin = 3;
  std::vector<std::string_view> others;
  const DeviceKey key(name);
  if (key.view().size() >= kPartMin) {
    const Device* found = find_by_part(*x_rows, key.view(), others);
    if (found && others.empty()) return found;
    if (found) others.push_back(found->name);
  }
  std::sort(others.begin(), others.end());
  if (others.empty())
    for (const Device& device : x_rows->devices) others.push_back(device.name);
  return fail(Code::kInvalid, "expected a device of the table, found '{}'{}", name.substr(0, 100),
              offer(name, others));
}

std::vector<const Device*> Tables::devices() const {
  std::vector<const Device*> all;
  for (const Device& device : x_rows->devices) all.push_back(&device);
  return all;
}

}  // namespace cairn::footprint
