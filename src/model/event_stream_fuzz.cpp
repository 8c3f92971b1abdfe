// Any body in any pieces: no crash, and the events do not depend on where it was cut. The first byte chooses the cuts.
#include "model/event_stream.h"

namespace {

std::string events_of(std::string_view body, std::size_t piece_bytes) {
  naru::EventStream stream;
  std::string events;
  const auto take = [&](std::string_view data) -> naru::Status {
    events += std::to_string(data.size()) + ":";
    events += data;
    return {};
  };
  for (std::size_t at = 0; at < body.size(); at += piece_bytes) {
    if (!stream.add(body.substr(at, piece_bytes), take)) return "refused";
  }
  return stream.finish(take) ? events : "refused";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (events_of(body, data[0] % 16 + 1) != events_of(body, body.size() + 1)) __builtin_trap();
  return 0;
}
