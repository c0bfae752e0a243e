// Token buckets in a map that cannot be made to grow without end.
#include "auth/attempts.h"

#include <algorithm>
#include <cmath>

namespace cairn::auth {

void Attempts::fill(Bucket& bucket, int64_t now_ns) const {
  const auto elapsed_ns = static_cast<double>(std::max<int64_t>(0, now_ns - bucket.filled_ns));
  bucket.tokens =
      std::min(x_pace.burst, bucket.tokens + elapsed_ns / static_cast<double>(x_pace.ns_per_token));
  bucket.filled_ns = now_ns;
}

// Full buckets say nothing that a new one would not. When none is full the fullest goes: whoever
// fills the table with names of his own shall not thereby empty the bucket that holds him.
void Attempts::forget(int64_t now_ns) {
  for (auto& [name, bucket] : x_buckets) fill(bucket, now_ns);
  std::erase_if(x_buckets, [&](const auto& entry) { return entry.second.tokens >= x_pace.burst; });
  if (x_buckets.size() < kBucketsMax) return;
  x_buckets.erase(std::max_element(
      x_buckets.begin(), x_buckets.end(),
      [](const auto& a, const auto& b) { return a.second.tokens < b.second.tokens; }));
}

int64_t Attempts::take(const std::string& name, int64_t now_ns) {
  if (x_buckets.size() >= kBucketsMax && !x_buckets.contains(name)) forget(now_ns);
  Bucket& bucket = x_buckets.try_emplace(name, Bucket{x_pace.burst, now_ns}).first->second;
  fill(bucket, now_ns);
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return 0;
  }
  const double missing = (1 - bucket.tokens) * static_cast<double>(x_pace.ns_per_token);
  return std::max<int64_t>(1, static_cast<int64_t>(std::ceil(missing)));
}

void Attempts::give_back(const std::string& name) {
  const auto found = x_buckets.find(name);
  if (found != x_buckets.end())
    found->second.tokens = std::min(x_pace.burst, found->second.tokens + 1);
}

}  // namespace cairn::auth
