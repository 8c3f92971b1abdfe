// Arrow's errors as ours. Pure functions; any thread.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <utility>

#include "naru/result.h"

namespace naru {

inline Error error_of(const arrow::Status& status) {
  const Code code = status.IsOutOfMemory()      ? Code::limit_exceeded
                    : status.IsNotImplemented() ? Code::unsupported
                    : status.IsCancelled()      ? Code::cancelled
                                                : Code::corrupt;
  return {code, status.message()};
}

inline Status status_of(const arrow::Status& status) { return status.ok() ? Status() : Status(error_of(status)); }

template <class T>
Result<T> result_of(arrow::Result<T> result) {
  if (!result.ok()) return error_of(result.status());
  return std::move(result).MoveValueUnsafe();
}

}  // namespace naru
