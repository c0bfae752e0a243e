// Attempts: how often one may try, as buckets of tokens that fill with time.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace cairn::auth {

// One bucket per name, all of one size and pace; full at first. Not thread-safe: its owner locks.
// Bounded: with kBucketsMax names, those that would be full again are forgotten first.
class Attempts {
 public:
  struct Pace {
    double burst;          // tokens in a full bucket
    int64_t ns_per_token;  // until one more is in it
  };
  explicit Attempts(Pace pace) : x_pace(pace) {}

  // Takes a token and answers 0, or the time until there is one.
  int64_t take(const std::string& name, int64_t now_ns);
  // Puts a token back: the attempt was a good one.
  void give_back(const std::string& name);
  size_t size() const { return x_buckets.size(); }

  static constexpr size_t kBucketsMax = 10'000;

 private:
  struct Bucket {
    double tokens;
    int64_t filled_ns;
  };
  void fill(Bucket& bucket, int64_t now_ns) const;
  void forget(int64_t now_ns);

  Pace x_pace;
  std::map<std::string, Bucket> x_buckets;
};

}  // namespace cairn::auth
