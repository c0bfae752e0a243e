// Frames and file headers to bytes and back.
#include "journal/frame.h"

#include <cstring>

#include "base/bytes.h"
#include "base/check.h"

namespace cairn::journal {
namespace {
constexpr std::string_view kMagic = "CAIRNJNL";
constexpr size_t kHeaderHashAt = kHeaderBytes - sizeof(uint64_t);
}  // namespace

std::string encode_header(const WriterIdentity& who) {
  ByteWriter out;
  out.raw(kMagic);
  out.u32(kVersion);
  out.u32(who.pid);
  out.u64(who.start_ticks);
  out.u64(who.pid_namespace);
  out.fixed(who.boot_id);
  out.i64(who.created_ns);
  out.u32(static_cast<uint32_t>(who.received));
  out.raw(std::string(kHeaderHashAt - out.size(), '\0'));
  out.u64(xxh3_64(out.view()));
  return out.take();
}

Result<WriterIdentity> decode_header(std::string_view bytes) {
  ByteReader in(bytes);
  const bool is_ours = in.raw(kMagic.size()) == kMagic;
  const uint32_t version = in.u32();
  WriterIdentity who;
  who.pid = in.u32();
  who.start_ticks = in.u64();
  who.pid_namespace = in.u64();
  who.boot_id = in.fixed<decltype(who.boot_id)>();
  who.created_ns = in.i64();
  const uint32_t received = in.u32();
  in.raw(kHeaderHashAt - (bytes.size() - in.left()));
  const uint64_t hash = in.u64();
  if (!in.ok() || !is_ours || hash != xxh3_64(bytes.substr(0, kHeaderHashAt))) {
    return fail(Code::kCorrupt, "expected a journal, found other bytes");
  }
  if (version != kVersion) {
    return fail(Code::kInvalid, "expected journal version {}, found {}: it needs a newer cairn",
                kVersion, version);
  }
  if (received > static_cast<uint32_t>(Received::kClosed)) {
    return fail(Code::kInvalid, "expected 0 to 2 as the way a journal came here, found {}",
                received);
  }
  who.received = static_cast<Received>(received);
  return who;
}

void append_frame(std::string& out, uint64_t offset, uint16_t kind, std::string_view payload) {
  CHECK(kind != 0 && !payload.empty() && payload.size() <= kFrameBytesMax && offset % 8 == 0);
  const FrameHeader header{static_cast<uint32_t>(payload.size()), kind, 0,
                           frame_hash(offset, kind, payload)};
  out.append(reinterpret_cast<const char*>(&header), sizeof header);
  out.append(payload);
  out.append(align_frame(payload.size()) - payload.size(), '\0');
}

bool verify_frame(const char* at, uint64_t available, uint64_t offset, Frame& frame) {
  FrameHeader header;
  if (available < sizeof header) return false;
  std::memcpy(&header, at, sizeof header);
  if (header.zero != 0 || !is_plausible(first_word(header.kind, header.payload_bytes)) ||
      available < frame_bytes(header.payload_bytes)) {
    return false;
  }
  const std::string_view payload(at + sizeof header, header.payload_bytes);
  if (frame_hash(offset, header.kind, payload) != header.hash) return false;
  frame = {offset, header.kind, payload};
  return true;
}

Result<Frame> frame_at(std::string_view bytes, uint64_t base, uint64_t offset) {
  Frame frame;
  const bool inside = offset >= base && offset - base <= bytes.size();
  if (!inside || !verify_frame(bytes.data() + (offset - base), bytes.size() - (offset - base),
                               offset, frame)) {
    return fail(Code::kCorrupt, "expected a frame at offset {}, found other bytes", offset);
  }
  return frame;
}

}  // namespace cairn::journal
