// The two hashes of Cairn: xxh3 guards bytes against accident, SHA-256 names content.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cairn {

uint64_t xxh3_64(std::string_view bytes, uint64_t seed = 0);

using Sha256Digest = std::array<uint8_t, 32>;

// Incremental SHA-256 (FIPS 180-4, OpenSSL). One thread at a time; finish() once.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view bytes);
  Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> x_state;
};

Sha256Digest sha256(std::string_view bytes);
std::string print_hex(const Sha256Digest& digest);  // 64 lower-case digits
bool is_sha256_hex(std::string_view text);

}  // namespace cairn
