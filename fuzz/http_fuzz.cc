// Fuzz target: a stream of bytes is the same requests however the network cuts it into pieces, and
// none of them has more of a body than was allowed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/check.h"
#include "server/http_message.h"

namespace {

using cairn::server::Request;
using cairn::server::RequestReader;
using State = RequestReader::State;

constexpr size_t kBytesMax = 16 << 10;
constexpr uint64_t kBodyBytesMax = 256;

void print(const cairn::Result<Request>& request, std::string& out) {
  if (!request) {
    out += "invalid: " + request.error().message() + '\n';
    return;
  }
  CHECK(request->body.size() <= kBodyBytesMax);
  CHECK(request->path.starts_with('/'));
  out += request->method + ' ' + request->path + '\n';
  for (const auto& pairs : {request->params, request->headers})
    for (const auto& [name, value] : pairs) out += name + ": " + value + '\n';
  out += request->body + '\n';
}

// Every request that a session would answer. What is left at the end is no part of it: of a head
// that is not whole, the parser may have seen that it is none or not yet.
std::string read_all(std::string_view bytes, size_t piece_bytes) {
  RequestReader reader;
  std::string seen;
  while (true) {
    const State state = reader.state();
    if (state == State::kBroken) return seen;
    if (state == State::kHead) {
      reader.read_body(kBodyBytesMax);
    } else if (state == State::kDone) {
      print(reader.take(), seen);
    } else {
      if (bytes.empty()) return seen;
      const auto space = reader.prepare();
      const size_t count = std::min({space.size(), piece_bytes, bytes.size()});
      CHECK(count > 0);
      std::memcpy(space.data(), bytes.data(), count);
      reader.commit(count);
      bytes.remove_prefix(count);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > kBytesMax) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = read_all(bytes, size);
  CHECK(read_all(bytes, 1) == whole);
  CHECK(read_all(bytes, 7) == whole);
  return 0;
}
