// Account: what a device has used, and what of it is still nobody's. Internal to the room.
//
// The rule of conservation lives here: whatever shares meters come with, in whatever order, what
// they are given of a device is together never more than the device used while they watched. Plain
// values: an account lies in the ledger, which processes share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace cairn::probe {

// Older use is nobody's any more: a meter that was held up for longer has not watched.
constexpr int64_t kAccountMemoryNs = 120'000'000'000;

struct Account {
  // What was used between two readings of the device, or some neighbouring ones.
  struct Segment {
    double end_j = 0;   // the account's total when it ended; it began where the one before ended
    double rest_j = 0;  // used at rest
    double free_j = 0;  // of all that was used: not claimed yet
    double free_rest_j = 0;  // of free_j: used at rest
    double free_even_j = 0;  // of rest_j, where that is split evenly: not claimed yet
    int64_t end_ns = 0;
  };
  static constexpr size_t kSegmentsMax = 16;

  double begin_j = 0;  // of the oldest segment
  uint64_t count = 0;
  std::array<Segment, kSegmentsMax> segments = {};

  double total_j() const { return count == 0 ? begin_j : segments[count - 1].end_j; }
  void add(double used_j, double rest_j, int64_t now_ns);

  struct Claim {
    double used_j = 0;
    double rest_j = 0;       // of used_j
    double even_rest_j = 0;  // of what the device used at rest, whoever used it
  };
  // As if nobody had claimed anything: for who only looks on.
  Account unclaimed() const;
  // Of what was used since the total was `from_j`: as much of `share` as is left, and of
  // `even_share`.
  Claim claim(double from_j, double share, double even_share);

 private:
  void forget_oldest();
  void merge_smallest();
};

}  // namespace cairn::probe
