#include <arrow/builder.h>
#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <algorithm>
#include <unordered_map>

#include "arrow_status.h"
#include "json_lines.h"
#include "record/value_json.h"

namespace naru {

namespace {

// A row group is what readers read and skip at once: Spark's and DuckDB's advice is about these sizes.
constexpr std::int64_t kGroupRowsMax = 1'000'000;
constexpr std::size_t kGroupBytesMax = 128U << 20;
// As JSON; what is gathered before it is encoded.
constexpr std::size_t kBatchBytesMax = 16U << 20;

// A Parquet file as messages, piece by piece.
class MessageStream : public arrow::io::OutputStream {
 public:
  explicit MessageStream(MessagesOut& out) : out_(out) {}
  arrow::Status Close() override { return closed_ = true, arrow::Status::OK(); }
  bool closed() const override { return closed_; }
  arrow::Result<std::int64_t> Tell() const override { return written_; }
  using arrow::io::OutputStream::Write;
  arrow::Status Write(const void* data, std::int64_t size) override {
    written_ += size;
    const std::string_view bytes(static_cast<const char*>(data), static_cast<std::size_t>(size));
    for (std::size_t at = 0; at < bytes.size(); at += kPieceBytes) {
      if (!out_.say(ParquetMessage::data, bytes.substr(at, kPieceBytes))) return arrow::Status::Cancelled("no reader");
    }
    return arrow::Status::OK();
  }

 private:
  static constexpr std::size_t kPieceBytes = 1U << 20;
  MessagesOut& out_;
  std::int64_t written_ = 0;
  bool closed_ = false;
};

std::string text_of(const Value& value) {
  if (const std::string* text = value.text()) return *text;
  std::string written;
  append_json(written, value);
  return written;
}

class Columns {
 public:
  static Result<Columns> of(const Json& described) {
    Columns columns;
    arrow::MemoryPool* const pool = arrow::system_memory_pool();
    arrow::FieldVector fields;
    for (const Json& one : described) {
      Column column;
      column.type = text_at(one, "type");
      std::shared_ptr<arrow::DataType> type = arrow::utf8();
      if (column.type == "boolean") type = arrow::boolean();
      if (column.type == "integer") type = arrow::int64();
      if (column.type == "number") type = arrow::float64();
      if (column.type == "texts") type = arrow::list(arrow::utf8());
      NARU_TRY(status_of(arrow::MakeBuilder(pool, type, &column.builder)));
      columns.places_.emplace(text_at(one, "name"), columns.columns_.size());
      fields.push_back(arrow::field(text_at(one, "name"), type));
      columns.columns_.push_back(std::move(column));
    }
    columns.schema_ = arrow::schema(std::move(fields));
    return columns;
  }

  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }
  std::int64_t rows() const { return rows_; }

  Status add(const Fields& fields) {
    ++rows_;
    for (const NamedValue& field : fields) {
      const auto place = places_.find(field.name);
      if (place == places_.end()) continue;
      Column& column = columns_[place->second];
      if (column.builder->length() == rows_) continue;  // of a name that stands twice, the first
      NARU_TRY_AT(add(column, field.value), field.name);
    }
    for (Column& column : columns_) {
      if (column.builder->length() < rows_) NARU_TRY(status_of(column.builder->AppendNull()));
    }
    return {};
  }

  Result<std::shared_ptr<arrow::RecordBatch>> take() {
    arrow::ArrayVector arrays;
    for (Column& column : columns_) arrays.push_back(NARU_TRY(result_of(column.builder->Finish())));
    return arrow::RecordBatch::Make(schema_, std::exchange(rows_, 0), std::move(arrays));
  }

 private:
  struct Column {
    std::string type;
    std::unique_ptr<arrow::ArrayBuilder> builder;
  };

  static Status add(Column& column, const Value& value) {
    arrow::ArrayBuilder& builder = *column.builder;
    const auto wrong = [&] {
      return Error(Code::corrupt, fmt::format("a column of the type {} cannot hold {}", column.type, text_of(value)));
    };
    if (value.is_null()) return status_of(builder.AppendNull());
    if (column.type == "boolean") {
      const auto* held = std::get_if<bool>(&value);
      return held ? status_of(static_cast<arrow::BooleanBuilder&>(builder).Append(*held)) : Status(wrong());
    }
    const auto* whole = std::get_if<std::int64_t>(&value);
    if (column.type == "integer") {
      return whole ? status_of(static_cast<arrow::Int64Builder&>(builder).Append(*whole)) : Status(wrong());
    }
    if (column.type == "number") {
      const auto* number = std::get_if<double>(&value);
      if (whole == nullptr && number == nullptr) return wrong();
      const double held = number ? *number : static_cast<double>(*whole);
      return status_of(static_cast<arrow::DoubleBuilder&>(builder).Append(held));
    }
    if (column.type == "texts") {
      if (value.list() == nullptr) return wrong();
      auto& lists = static_cast<arrow::ListBuilder&>(builder);
      NARU_TRY(status_of(lists.Append()));
      for (const Value& one : *value.list()) {
        NARU_TRY(status_of(static_cast<arrow::StringBuilder&>(*lists.value_builder()).Append(text_of(one))));
      }
      return {};
    }
    std::string text;
    if (column.type == "json") append_json(text, value);
    return status_of(static_cast<arrow::StringBuilder&>(builder).Append(column.type == "json" ? text : text_of(value)));
  }

  std::vector<Column> columns_;
  std::unordered_map<std::string, std::size_t> places_;
  std::shared_ptr<arrow::Schema> schema_;
  std::int64_t rows_ = 0;
};

}  // namespace

Status say_parquet(std::string_view lines, const Json& described, MessagesOut& out) {
  Columns columns = NARU_TRY(Columns::of(described));
  const auto properties = parquet::WriterProperties::Builder()
                              .memory_pool(arrow::system_memory_pool())
                              ->compression(arrow::Compression::ZSTD)
                              ->max_row_group_length(kGroupRowsMax)
                              ->enable_write_page_index()
                              ->build();
  const auto writer = NARU_TRY(result_of(
      parquet::arrow::FileWriter::Open(*columns.schema(), arrow::system_memory_pool(),
                                       std::make_shared<MessageStream>(out), properties)));
  std::size_t in_batch = 0, in_group = 0;
  const auto flush = [&]() -> Status {
    if (columns.rows() == 0) return {};
    if (in_group >= kGroupBytesMax) {
      NARU_TRY(status_of(writer->NewBufferedRowGroup()));
      in_group = 0;
    }
    in_group += std::exchange(in_batch, 0);
    return status_of(writer->WriteRecordBatch(*NARU_TRY(columns.take())));
  };
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    NARU_TRY(columns.add(NARU_TRY(fields_from_json(lines.substr(at, end - at), LargeNumbers::as_text))));
    in_batch += end + 1 - at;
    if (in_batch >= kBatchBytesMax) NARU_TRY(flush());
    at = end + 1;
  }
  NARU_TRY(flush());
  return status_of(writer->Close());
}

}  // namespace naru
