// How statistics of a series grow.
#include "model/series.h"

#include <cmath>

namespace cairn::model {

void SeriesStats::add(int64_t step, int64_t time_ns, double value) {
  if (count == 0 || step < first_step) {
    first_step = step;
    first = value;
  }
  if (count == 0 || step > last_step || (step == last_step && time_ns >= last_time_ns)) {
    last_step = step;
    last = value;
    last_time_ns = time_ns;
  }
  ++count;
  if (std::isnan(value)) {
    ++nan_count;
    return;
  }
  sum += value;
  if (!(value >= min)) {
    min = value;
    min_step = step;
  }
  if (!(value <= max)) {
    max = value;
    max_step = step;
  }
}

void SeriesStats::merge(const SeriesStats& later) {
  if (later.count == 0) return;
  if (count == 0) {
    *this = later;
    return;
  }
  if (later.first_step < first_step) {
    first_step = later.first_step;
    first = later.first;
  }
  if (later.last_step > last_step ||
      (later.last_step == last_step && later.last_time_ns >= last_time_ns)) {
    last_step = later.last_step;
    last = later.last;
    last_time_ns = later.last_time_ns;
  }
  count += later.count;
  nan_count += later.nan_count;
  sum += later.sum;
  if (!std::isnan(later.min) && !(later.min >= min)) {
    min = later.min;
    min_step = later.min_step;
  }
  if (!std::isnan(later.max) && !(later.max <= max)) {
    max = later.max;
    max_step = later.max_step;
  }
}

}  // namespace cairn::model
