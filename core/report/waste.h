// Waste: where compute went that nobody needed, every second of it in exactly one class.
//
// Pure. Runs in; seconds, energy and money by class out, with intervals from resampled sweeps, and
// how sure each class is: measured, replayed (detectors on recorded curves) or modelled. A run's
// seconds are its GPUs' where it held any, else those of its machine's processors.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/value.h"
#include "report/knowable.h"
#include "report/machine_use.h"

namespace cairn::report {

// In this order: of all that a second could be it is the first.
enum class WasteClass : uint8_t {
  kLost,                // of runs that did not end: after what they had kept
  kRepeatedExact,       // the same in everything as one that had finished
  kRepeatedEquivalent,  // the same but for how it was run
  kConcurrent,          // the same as one that was running
  kAfterDivergence,
  kAfterKnowable,  // after its curves said that it would not be the best
  kFailedEarly,    // before it logged a step
  kIdle,
  kOversized,
  kUseful,
};
constexpr size_t kWasteClasses = 10;
std::string_view print_class(WasteClass of);  // "lost", "repeated_exact", ...
std::string_view tell_class(WasteClass of);   // in words

enum class Evidence : uint8_t { kMeasured, kReplayed, kModelled };
std::string_view print_evidence(Evidence evidence);

constexpr double kFailedEarlyMaxS = 600;
constexpr size_t kResamples = 1000;
constexpr size_t kTopRuns = 5;
constexpr size_t kClustersMin = 5;  // fewer: runs are resampled instead

enum class RunEnd : uint8_t { kRunning, kFinished, kFailed, kCancelled };

// What is known of one run. Unknown is nothing or empty, never 0.
struct WasteRun {
  std::string project, id, name, user, sweep;
  RunEnd end = RunEnd::kFinished;
  int64_t began_ns = 0, ended_ns = 0;  // running: its last sign of life
  double gpu_s = 0;                    // 0: it held no GPU
  std::optional<double> kwh, money;
  // Keys of what it was, of runs that were traced and sealed; empty: nobody can tell.
  std::string exact_key, result_key;
  bool can_be_reused = true;  // not disowned, its program gives the same results
  bool is_check = false;      // made again on purpose: an audit, a verification
  bool was_reused = false;    // its results were taken from another run
  double saved_s = 0;         // by that
  bool would_have_hit = false;
  std::optional<int64_t> kept_ns;  // the last file or artifact that it kept
  bool has_logged = false;         // a step
  std::optional<RunCurves> curves;
  std::optional<MachineUse> machine;
  bool is_counted = true;  // others are only compared with: they ran before the time asked for

  double ran_s() const { return static_cast<double>(ended_ns - began_ns) / kNsPerSecond; }
};

struct WasteOptions {
  std::vector<std::string> by;  // user, project, sweep
  size_t groups_max = 50;
  std::string currency;  // of all runs' money
  uint64_t seed = 1;
};

// --- what comes out

enum class Measure : uint8_t { kGpuS, kProcessorS, kKwh, kMoney };
constexpr size_t kMeasures = 4;
struct Estimate {
  double value = 0, low = 0, high = 0;  // 2.5 to 97.5 % of resamples; not finite: unknown
};
using Estimates = std::array<Estimate, kMeasures>;

struct ClassAccount {
  Estimates amounts;
  Estimate share;   // of all seconds of the report's unit
  size_t runs = 0;  // with some of it
  Evidence evidence = Evidence::kMeasured;
};
struct Account {
  std::vector<std::string> key;  // by WasteOptions::by; empty: the whole
  size_t runs = 0, clusters = 0;
  bool is_resampled_by_run = false;  // there were too few sweeps
  Estimates total;
  std::array<ClassAccount, kWasteClasses> classes;
};

struct AvoidableRun {
  std::string project, id, name, user;
  WasteClass most = WasteClass::kUseful;  // of what could have been avoided
  double seconds = 0, ran_s = 0;          // avoidable, of all; in the report's unit
  std::optional<double> kwh, money;
  std::string fix;
};

struct IdleParts {  // in the report's unit
  double start_up = 0, between = 0, tail = 0;
  double stalled = 0;  // not busy in busy times; in no class
};

struct Waste {
  bool is_in_gpu_s = false;  // the unit; else seconds of processors
  std::string currency;
  Account whole;
  std::vector<Account> groups;  // the largest first
  size_t groups_total = 0;
  // What nobody can tell: in the unit, within the classes above.
  double untraced_s = 0, not_looked_inside_s = 0;
  size_t untraced_runs = 0, unpriced_runs = 0, timeless_runs = 0;
  // Repeats that a reuse of one's own runs, or of anybody's in this store, would have saved.
  Estimates repeated_own, repeated_team;
  Estimates would_have_hit;
  size_t would_hits = 0, reused_runs = 0;
  double reused_saved_s = 0;
  IdleParts idle;
  std::vector<AvoidableRun> top;
  double avoidable_s = 0, top_share = 0;  // of avoidable_s in the `top`
  Foreseen foresight;                     // `runs` is empty
};

Waste account_waste(std::span<const WasteRun> runs, const WasteOptions& options);

// docs/api.md names the members.
model::Value to_value(const Waste& waste, const WasteOptions& options);

}  // namespace cairn::report
