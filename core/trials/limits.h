// The limits of sweeps and their trials, each with its unit in its name.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cairn::trials {

constexpr size_t kDefinitionBytesMax = 4 << 20;   // as JSON
constexpr size_t kParamsBytesMax = 1 << 20;       // of one trial, as JSON
constexpr size_t kCheckpointBytesMax = 64 << 10;  // as JSON: a path, not the state itself
constexpr size_t kErrorBytesMax = 4 << 10;        // of a trial's last words; the rest is cut off
constexpr size_t kWorkerBytesMax = 512;
constexpr size_t kSweepNameBytesMax = 256;
constexpr size_t kTrialsMax = 1'000'000;                   // of one sweep
constexpr size_t kReportsMax = 100'000;                    // of one trial
constexpr size_t kAskedMax = 1000;                         // trials of one ask
constexpr size_t kAddedMax = 10'000;                       // trials of one request
constexpr size_t kPriorsMax = 1000;                        // earlier runs that a sweep learns from
constexpr uint64_t kEarlyFailuresMax = 3;                  // then a sweep waits for its user
constexpr int64_t kLeaseNs = int64_t{60} * 1'000'000'000;  // unless asked for otherwise
constexpr int64_t kLeaseNsMax = int64_t{7 * 24 * 3600} * 1'000'000'000;
constexpr size_t kTrialsShownMax = 10'000;  // of one page of a list
constexpr size_t kEventsShownMax = 10'000;

}  // namespace cairn::trials
