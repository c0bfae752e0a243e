// The record of energy as a Value, and back.
#include "model/energy.h"

#include <array>
#include <cmath>
#include <utility>

namespace cairn::model {
namespace {

constexpr std::array<std::string_view, 4> kParts = {"cpu", "memory", "gpu", "platform"};
constexpr std::array<std::string_view, 6> kShares = {"cpu_time", "exclusive", "busy_time",
                                                     "memory",   "slice",     "visible"};

template <typename Enum, size_t kCount>
std::optional<Enum> parse_enum(const std::array<std::string_view, kCount>& names,
                               std::string_view text) {
  for (size_t i = 0; i < kCount; ++i)
    if (names[i] == text) return static_cast<Enum>(i);
  return std::nullopt;
}

// The members of a record by name: said once, for both directions.
template <typename Record, typename Member>
struct Name {
  std::string_view name;
  Member Record::*member;
};

constexpr Name<SensorEnergy, std::string> kSensorTexts[] = {{"sensor", &SensorEnergy::sensor},
                                                            {"name", &SensorEnergy::name}};
constexpr Name<SensorEnergy, double> kSensorNumbers[] = {
    {"device_j", &SensorEnergy::device_j},
    {"run_j", &SensorEnergy::run_j},
    {"idle_j", &SensorEnergy::idle_j},
    {"even_idle_j", &SensorEnergy::even_idle_j},
    {"covered_s", &SensorEnergy::covered_s}};
constexpr Name<SensorEnergy, int64_t> kSensorCounts[] = {{"resets", &SensorEnergy::resets}};
constexpr Name<UnmeasuredDevice, std::string> kDeviceTexts[] = {
    {"device", &UnmeasuredDevice::device}, {"name", &UnmeasuredDevice::name}};
constexpr Name<EnergyMachine, std::string> kMachineTexts[] = {
    {"boot_id", &EnergyMachine::boot_id},
    {"hostname", &EnergyMachine::hostname},
    {"cpu_model", &EnergyMachine::cpu_model}};
constexpr Name<EnergyMachine, int64_t> kMachineCounts[] = {
    {"sockets", &EnergyMachine::sockets},
    {"threads", &EnergyMachine::threads},
    {"memory_bytes", &EnergyMachine::memory_bytes}};
constexpr Name<EnergyRecord, int64_t> kRecordTimes[] = {{"began_ns", &EnergyRecord::began_ns},
                                                        {"ended_ns", &EnergyRecord::ended_ns}};
constexpr Name<EnergyRecord, double> kRecordNumbers[] = {
    {"watched_s", &EnergyRecord::watched_s}, {"lost_s", &EnergyRecord::lost_s},
    {"cpu_s", &EnergyRecord::cpu_s},         {"share_s", &EnergyRecord::share_s},
    {"even_s", &EnergyRecord::even_s},       {"load_s", &EnergyRecord::load_s}};

template <typename Record, typename Member, size_t kCount>
void put(Value& out, const Record& record, const Name<Record, Member> (&names)[kCount]) {
  for (const auto& [name, member] : names) out.set(name, record.*member);
}

Result<void> take(const Value& value, std::string_view name, double& out) {
  if (!value.is_number() || !std::isfinite(value.number_or(0)) || value.number_or(0) < 0)
    return fail(Code::kInvalid, "expected '{}' as a finite number from 0", name);
  out = value.number_or(0);
  return {};
}
Result<void> take(const Value& value, std::string_view name, int64_t& out) {
  if (!value.as_int() || *value.as_int() < 0)
    return fail(Code::kInvalid, "expected '{}' as an integer from 0", name);
  out = *value.as_int();
  return {};
}
Result<void> take(const Value& value, std::string_view name, std::string& out) {
  if (!value.as_string()) return fail(Code::kInvalid, "expected '{}' as text", name);
  out = *value.as_string();
  return {};
}

Result<const Value*> get(const Value& object, std::string_view name) {
  const Value* member = object.find(name);
  if (!member) return fail(Code::kInvalid, "expected the member '{}', found none", name);
  return member;
}

template <typename Record, typename Member, size_t kCount>
Result<void> take_all(const Value& value, Record& out,
                      const Name<Record, Member> (&names)[kCount]) {
  for (const auto& [name, member] : names) {
    TRY(const Value* found, get(value, name));
    TRY_VOID(take(*found, name, out.*member));
  }
  return {};
}
// Those that are there; what is unknown keeps its default.
template <typename Record, typename Member, size_t kCount>
Result<void> take_known(const Value& value, Record& out,
                        const Name<Record, Member> (&names)[kCount]) {
  for (const auto& [name, member] : names)
    if (const Value* found = value.find(name)) TRY_VOID(take(*found, name, out.*member));
  return {};
}
Result<void> take_known(const Value& value, std::string_view name, std::optional<double>& out) {
  if (const Value* found = value.find(name)) TRY_VOID(take(*found, name, out.emplace()));
  return {};
}

template <typename Enum>
Result<void> take_enum(const Value& value, std::string_view name,
                       std::optional<Enum> (*parse)(std::string_view), Enum& out) {
  TRY(const Value* found, get(value, name));
  const std::optional<Enum> parsed = parse(found->string_or(""));
  if (!parsed)
    return fail(Code::kInvalid, "expected a known '{}', found '{}'", name,
                found->string_or("").substr(0, 100));
  out = *parsed;
  return {};
}

Value to_value(const EnergyMachine& machine) {
  Value out{Object{}};
  for (const auto& [name, member] : kMachineTexts)
    if (!(machine.*member).empty()) out.set(name, machine.*member);
  for (const auto& [name, member] : kMachineCounts)
    if (machine.*member != 0) out.set(name, machine.*member);
  if (machine.is_virtual) out.set("is_virtual", true);
  return out;
}

Result<void> parse(const Value& value, EnergyMachine& out) {
  if (!value.as_object()) return fail(Code::kInvalid, "expected 'machine' as an object");
  TRY_VOID(take_known(value, out, kMachineTexts));
  TRY_VOID(take_known(value, out, kMachineCounts));
  const Value* is_virtual = value.find("is_virtual");
  if (is_virtual && !is_virtual->as_bool())
    return fail(Code::kInvalid, "expected 'is_virtual' as true or false");
  out.is_virtual = is_virtual && *is_virtual->as_bool();
  return {};
}

Value to_value(const SensorEnergy& sensor) {
  Value out;
  put(out, sensor, kSensorTexts);
  out.set("part", print_part(sensor.part));
  out.set("share", print_share(sensor.share));
  put(out, sensor, kSensorNumbers);
  if (sensor.other_j) out.set("other_j", *sensor.other_j);
  if (sensor.resets != 0) out.set("resets", sensor.resets);
  return out;
}

Result<void> parse(const Value& value, SensorEnergy& out) {
  TRY_VOID(take_all(value, out, kSensorTexts));
  TRY_VOID(take_enum(value, "part", parse_part, out.part));
  TRY_VOID(take_enum(value, "share", parse_share, out.share));
  TRY_VOID(take_all(value, out, kSensorNumbers));
  TRY_VOID(take_known(value, "other_j", out.other_j));
  return take_known(value, out, kSensorCounts);
}

Value to_value(const UnmeasuredDevice& device) {
  Value out;
  put(out, device, kDeviceTexts);
  out.set("part", print_part(device.part));
  out.set("held_s", device.held_s);
  if (device.busy_s) out.set("busy_s", *device.busy_s);
  return out;
}

Result<void> parse(const Value& value, UnmeasuredDevice& out) {
  TRY_VOID(take_all(value, out, kDeviceTexts));
  TRY_VOID(take_enum(value, "part", parse_part, out.part));
  TRY(const Value* held, get(value, "held_s"));
  TRY_VOID(take(*held, "held_s", out.held_s));
  return take_known(value, "busy_s", out.busy_s);
}

template <typename Item>
Value list_of(const std::vector<Item>& items) {
  List list;
  for (const Item& item : items) list.push_back(to_value(item));
  return list;
}

template <typename Item>
Result<void> parse_list(const Value& value, std::string_view name, std::vector<Item>& out) {
  TRY(const Value* found, get(value, name));
  if (!found->as_list()) return fail(Code::kInvalid, "expected '{}' as a list", name);
  for (const Value& item : *found->as_list())
    if (auto parsed = parse(item, out.emplace_back()); !parsed)
      return tl::unexpected(std::move(parsed).error().in(name));
  return {};
}

}  // namespace

std::string_view print_part(EnergyPart part) { return kParts[static_cast<size_t>(part)]; }
std::optional<EnergyPart> parse_part(std::string_view text) {
  return parse_enum<EnergyPart>(kParts, text);
}
std::string_view print_share(EnergyShare share) { return kShares[static_cast<size_t>(share)]; }
std::optional<EnergyShare> parse_share(std::string_view text) {
  return parse_enum<EnergyShare>(kShares, text);
}

Value to_value(const EnergyRecord& record) {
  Value out;
  out.set("machine", to_value(record.machine));
  put(out, record, kRecordTimes);
  put(out, record, kRecordNumbers);
  out.set("sensors", list_of(record.sensors));
  out.set("unmeasured", list_of(record.unmeasured));
  return out;
}

Result<EnergyRecord> parse_energy_record(const Value& value) {
  EnergyRecord record;
  TRY(const Value* machine, get(value, "machine"));
  TRY_VOID(parse(*machine, record.machine));
  TRY_VOID(take_all(value, record, kRecordTimes));
  TRY_VOID(take_all(value, record, kRecordNumbers));
  TRY_VOID(parse_list(value, "sensors", record.sensors));
  TRY_VOID(parse_list(value, "unmeasured", record.unmeasured));
  return record;
}

std::vector<EnergyRecord> energy_records(const Value& meta, int64_t* unreadable) {
  std::vector<EnergyRecord> records;
  int64_t bad = 0;
  const auto add = [&](const Value& value) {
    if (auto record = parse_energy_record(value))
      records.push_back(std::move(*record));
    else
      ++bad;
  };
  if (const Value* energy = meta.find("energy")) {
    if (const Object* writers = energy->as_object())
      for (const auto& [writer, value] : *writers) add(value);
    else
      ++bad;
  }
  if (unreadable) *unreadable = bad;
  return records;
}

}  // namespace cairn::model
