// ByteWriter and ByteReader: little-endian fields and varints over a contiguous buffer.
//
// Every format of Cairn is built from these. A ByteReader never reads past its view: the first
// field that does not fit turns it bad, every later read answers zero, and the decoder asks ok()
// once at the end, so decoders stay straight-line code.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace cairn {

static_assert(std::endian::native == std::endian::little, "formats are little-endian in memory");

constexpr uint64_t zigzag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
constexpr int64_t unzigzag(uint64_t v) {
  return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
}

class ByteWriter {
 public:
  template <typename T>
  void fixed(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    x_out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void u8(uint8_t v) { x_out.push_back(static_cast<char>(v)); }
  void u16(uint16_t v) { fixed(v); }
  void u32(uint32_t v) { fixed(v); }
  void u64(uint64_t v) { fixed(v); }
  void i64(int64_t v) { fixed(v); }
  void f64(double v) { fixed(v); }
  void varint(uint64_t v) {
    while (v >= 0x80) {
      u8(static_cast<uint8_t>(v | 0x80));
      v >>= 7;
    }
    u8(static_cast<uint8_t>(v));
  }
  void svarint(int64_t v) { varint(zigzag(v)); }
  void raw(std::string_view bytes) { x_out.append(bytes); }
  void text(std::string_view bytes) {  // varint length, then the bytes
    varint(bytes.size());
    raw(bytes);
  }
  template <typename T>
  void patch(size_t at, T value) {  // overwrites a fixed field written earlier
    std::memcpy(x_out.data() + at, &value, sizeof value);
  }

  size_t size() const { return x_out.size(); }
  std::string_view view() const { return x_out; }
  std::string take() { return std::move(x_out); }
  void clear() { x_out.clear(); }

 private:
  std::string x_out;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : x_rest(bytes) {}

  template <typename T>
  T fixed() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    if (x_rest.size() < sizeof value) return poison(), T{};
    std::memcpy(&value, x_rest.data(), sizeof value);
    x_rest.remove_prefix(sizeof value);
    return value;
  }
  uint8_t u8() { return fixed<uint8_t>(); }
  uint16_t u16() { return fixed<uint16_t>(); }
  uint32_t u32() { return fixed<uint32_t>(); }
  uint64_t u64() { return fixed<uint64_t>(); }
  int64_t i64() { return fixed<int64_t>(); }
  double f64() { return fixed<double>(); }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = u8();
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    poison();  // longer than any 64-bit number
    return 0;
  }
  int64_t svarint() { return unzigzag(varint()); }
  std::string_view raw(size_t n) {
    if (x_rest.size() < n) return poison(), std::string_view{};
    const std::string_view bytes = x_rest.substr(0, n);
    x_rest.remove_prefix(n);
    return bytes;
  }
  std::string_view text() { return raw(static_cast<size_t>(varint())); }

  bool ok() const { return !x_bad; }
  bool at_end() const { return x_rest.empty(); }
  size_t left() const { return x_rest.size(); }
  std::string_view rest() const { return x_rest; }

 private:
  void poison() {
    x_bad = true;
    x_rest = {};
  }

  std::string_view x_rest;
  bool x_bad = false;
};

}  // namespace cairn
