// Segments of use: added at one end, claimed in between, forgotten at the other.
#include "probe/energy_account.h"

#include <algorithm>

namespace cairn::probe {

void Account::add(double used_j, double rest_j, int64_t now_ns) {
  while (count > 0 && now_ns - segments[0].end_ns > kAccountMemoryNs) forget_oldest();
  if (!(used_j > 0)) return;
  if (count == kSegmentsMax) merge_smallest();
  rest_j = std::clamp(rest_j, 0.0, used_j);
  segments[count] = {total_j() + used_j, rest_j, used_j, rest_j, rest_j, now_ns};
  ++count;
}

Account::Claim Account::claim(double from_j, double share, double even_share) {
  Claim all;
  double segment_begin_j = begin_j;
  for (size_t i = 0; i < count; ++i) {
    Segment& segment = segments[i];
    const double length_j = segment.end_j - segment_begin_j;
    const double overlap_j = segment.end_j - std::max(from_j, segment_begin_j);
    segment_begin_j = segment.end_j;
    if (!(overlap_j > 0)) continue;
    const double used_j = std::min(segment.free_j, share * overlap_j);
    const double rest_j = used_j > 0 ? segment.free_rest_j * (used_j / segment.free_j) : 0;
    const double even_j =
        std::min(segment.free_even_j, even_share * segment.rest_j * (overlap_j / length_j));
    segment.free_j -= used_j;
    segment.free_rest_j -= rest_j;
    segment.free_even_j -= even_j;
    all.used_j += used_j;
    all.rest_j += rest_j;
    all.even_rest_j += even_j;
  }
  return all;
}

Account Account::unclaimed() const {
  Account all = *this;
  double segment_begin_j = begin_j;
  for (size_t i = 0; i < count; ++i) {
    all.segments[i].free_j = segments[i].end_j - segment_begin_j;
    all.segments[i].free_rest_j = all.segments[i].free_even_j = segments[i].rest_j;
    segment_begin_j = segments[i].end_j;
  }
  return all;
}

void Account::forget_oldest() {
  begin_j = segments[0].end_j;
  std::move(segments.begin() + 1, segments.begin() + count, segments.begin());
  --count;
}

// Of neighbours, so that a meter which claims from the middle of the two is given its part of both.
void Account::merge_smallest() {
  size_t at = 0;
  double least_j = segments[1].end_j - begin_j;
  for (size_t i = 1; i + 1 < count; ++i) {
    const double both_j = segments[i + 1].end_j - segments[i - 1].end_j;
    if (both_j >= least_j) continue;
    least_j = both_j;
    at = i;
  }
  Segment& later = segments[at + 1];
  later.rest_j += segments[at].rest_j;
  later.free_j += segments[at].free_j;
  later.free_rest_j += segments[at].free_rest_j;
  later.free_even_j += segments[at].free_even_j;
  std::move(segments.begin() + at + 1, segments.begin() + count, segments.begin() + at);
  --count;
}

}  // namespace cairn::probe
