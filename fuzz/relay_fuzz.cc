// Fuzz target: what the relay tells of a conversation does not depend on how the network cut it,
// and no bytes make it stumble. Requests come first, then a mark, then answers.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "relay/exchange_watch.h"

namespace {

using cairn::relay::Exchange;
using cairn::relay::ExchangeWatch;
using cairn::relay::Listener;

constexpr size_t kBytesMax = 16 << 10;
constexpr char kMark = '\x1e';  // between requests and answers

void print(const Exchange& exchange, std::string& out) {
  out += exchange.method + ' ' + exchange.path + ' ' + std::to_string(exchange.status) + ' ' +
         exchange.model + ' ' + std::to_string(exchange.tokens_in.value_or(-1)) + ' ' +
         std::to_string(exchange.tokens_out.value_or(-1)) + '\n';
}

// Every exchange that came to its end.
std::string watch(std::string_view requests, std::string_view answers, size_t piece_bytes) {
  std::string seen;
  const Listener listener = [&seen](const Exchange& exchange) {
    CHECK(exchange.began_ns <= exchange.ended_ns);
    if (exchange.is_whole) print(exchange, seen);
  };
  ExchangeWatch watch(listener);
  int64_t now_ns = 0;
  for (size_t at = 0; at < requests.size(); at += piece_bytes)
    watch.see_request(requests.substr(at, piece_bytes), ++now_ns);
  for (size_t at = 0; at < answers.size(); at += piece_bytes)
    watch.see_answer(answers.substr(at, piece_bytes), ++now_ns);
  watch.see_answer_end(++now_ns);
  watch.end(++now_ns);
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > kBytesMax) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t mark = std::min(bytes.find(kMark), bytes.size());
  const std::string_view requests = bytes.substr(0, mark);
  const std::string_view answers = bytes.substr(std::min(mark + 1, bytes.size()));
  const std::string whole = watch(requests, answers, std::max<size_t>(size, 1));
  CHECK(watch(requests, answers, 1) == whole);
  CHECK(watch(requests, answers, 7) == whole);
  return 0;
}
