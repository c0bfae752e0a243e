// Devices by the names that people, drivers and /proc/cpuinfo give them.
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "base/nearest.h"
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

// Those with a name or alias that begins nearly like what was written.
std::vector<std::string_view> find_near(const TableRows& rows, std::string_view part) {
  std::vector<std::string_view> beginnings;
  for (const auto& [key, device] : rows.device_keys)
    beginnings.push_back(std::string_view(key).substr(0, part.size()));
  std::ranges::sort(beginnings);
  const auto nearest = nearest_name(part, beginnings);
  std::vector<std::string_view> names;
  if (!nearest) return names;
  for (const auto& [key, device] : rows.device_keys)
    if (key.starts_with(*nearest)) names.push_back(device->name);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string offer_devices(const std::vector<std::string_view>& names) {
  constexpr size_t kOfferedMax = 4;
  if (names.empty()) return {};
  const auto offered = std::span(names).first(std::min(names.size(), kOfferedMax));
  const size_t more = names.size() - offered.size();
  return fmt::format("; did you mean '{}'{}?", fmt::join(offered, "', '"),
                     more > 0 ? fmt::format(" or one of {} more like it", more) : "");
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
  std::ranges::sort(others);
  others.erase(std::unique(others.begin(), others.end()), others.end());
  if (others.empty()) others = find_near(*x_rows, key.view());
  return fail(Code::kInvalid, "expected a device of the table, found '{}'{}", name.substr(0, 100),
              offer_devices(others));
}

std::vector<const Device*> Tables::devices() const {
  std::vector<const Device*> all;
  for (const Device& device : x_rows->devices) all.push_back(&device);
  return all;
}

}  // namespace cairn::footprint
