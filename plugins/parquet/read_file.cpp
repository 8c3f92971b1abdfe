#include "read_file.h"

#include <arrow/io/memory.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>

#include "arrow_status.h"
#include "cell.h"
#include "naru/id.h"
#include "record/value_json.h"

namespace naru {

namespace {

// Of how cells are said: another number makes every row a changed one.
constexpr std::string_view kConversion = "1";
// Decoded at once: a few megabytes, unless cells are large.
constexpr std::int64_t kBatchRows = 4096;
constexpr std::size_t kColumnsShown = 20;  // in a message

void add_leaves(const parquet::arrow::SchemaField& field, std::vector<int>& leaves) {
  if (field.is_leaf()) leaves.push_back(field.column_index);
  for (const auto& child : field.children) add_leaves(child, leaves);
}

}  // namespace

Result<ParquetFile> ParquetFile::open(std::string_view bytes, std::optional<std::vector<std::string>> columns) {
  ParquetFile file;
  file.bytes_ = bytes;
  arrow::MemoryPool* const pool = arrow::system_memory_pool();
  auto input = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(
      reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<std::int64_t>(bytes.size())));
  parquet::ArrowReaderProperties properties(false);  // the sandbox has no threads
  properties.set_batch_size(kBatchRows);
  properties.set_pre_buffer(false);
  parquet::arrow::FileReaderBuilder builder;
  NARU_TRY(status_of(builder.Open(input, parquet::ReaderProperties(pool))));
  builder.memory_pool(pool)->properties(properties);
  file.reader_ = NARU_TRY(result_of(builder.Build()));
  NARU_TRY(status_of(file.reader_->GetSchema(&file.schema_)));
  const std::vector<std::string> names = file.schema_->field_names();
  for (int i = 0; i < file.schema_->num_fields(); ++i) {
    if (!columns || std::find(columns->begin(), columns->end(), names[i]) != columns->end()) file.fields_.push_back(i);
  }
  if (columns) {
    for (const std::string& column : *columns) {
      if (std::find(names.begin(), names.end(), column) != names.end()) continue;
      std::vector<std::string> shown(names.begin(), names.begin() + std::min(names.size(), kColumnsShown));
      return Error(Code::unavailable, fmt::format("there is no column \"{}\", but {}: correct `id`, `text` or "
                                                  "`columns`", column, fmt::join(shown, ", ")));
    }
  }
  for (const int i : file.fields_) {
    const Result<std::string_view> type = json_type_of(*file.schema_->field(i)->type());
    if (type) continue;
    return Error(type.error().code(), fmt::format("the column \"{}\": {}: leave it out by `columns`", names[i],
                                                  type.error().message()));
  }
  return file;
}

Json ParquetFile::schema() const {
  Json columns = Json::array();
  for (const int i : fields_) {
    const arrow::Field& field = *schema_->field(i);
    columns.push_back({{"name", field.name()},
                       {"type", json_type_of(*field.type()).value_or("")},
                       {"native", field.type()->ToString()},
                       {"nullable", field.nullable()}});
  }
  return {{"rows", reader_->parquet_reader()->metadata()->num_rows()}, {"groups", groups()}, {"columns", columns}};
}

std::vector<int> ParquetFile::leaves(const std::optional<std::string>& column) const {
  std::vector<int> leaves;
  for (const int i : fields_) {
    if (!column || schema_->field(i)->name() == *column) add_leaves(reader_->manifest().schema_fields[i], leaves);
  }
  return leaves;
}

Result<Json> ParquetFile::group(int number) const {
  const auto group = reader_->parquet_reader()->metadata()->RowGroup(number);
  if (group->num_rows() < 0) return Error(Code::corrupt, "a row group has less than no rows");
  std::string parts(kConversion);
  for (const int i : fields_) parts += schema_->field(i)->ToString() + "\n";
  for (const int leaf : leaves(std::nullopt)) {
    const auto chunk = group->ColumnChunk(leaf);
    std::int64_t start = chunk->data_page_offset();
    if (chunk->has_dictionary_page() && chunk->dictionary_page_offset() > 0) {
      start = std::min(start, chunk->dictionary_page_offset());
    }
    const std::int64_t size = chunk->total_compressed_size();
    const auto whole = static_cast<std::int64_t>(bytes_.size());
    if (start < 0 || size < 0 || start > whole || size > whole - start) {
      return Error(Code::corrupt, "a column lies beyond the end of the file");
    }
    parts += hash128(bytes_.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(size))).bytes();
  }
  return Json{{"rows", group->num_rows()}, {"hash", hash128(parts).hex()}};
}

Status ParquetFile::say_rows(int number, const std::optional<std::string>& column, std::size_t row_bytes_max,
                             MessagesOut& out) const {
  if (number < 0 || number >= groups()) return Error(Code::corrupt, "there is no such row group");
  const auto batches = NARU_TRY(result_of(reader_->GetRecordBatchReader({number}, leaves(column))));
  std::vector<std::string> names;
  for (const auto& field : batches->schema()->fields()) {
    names.push_back(names.empty() ? "" : ",");
    append_json(names.back(), Value(field->name()));
    names.back() += ':';
  }
  std::string line;
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    NARU_TRY(status_of(batches->ReadNext(&batch)));
    if (!batch) return {};
    NARU_TRY(status_of(batch->ValidateFull()));
    for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
      line = "{";
      for (int i = 0; i < batch->num_columns(); ++i) {
        line += names[static_cast<std::size_t>(i)];
        append_cell(line, *batch->column(i), row);
        if (line.size() > row_bytes_max) break;
      }
      line += '}';
      if (line.size() > row_bytes_max) {
        NARU_TRY(out.say(ParquetMessage::too_large, std::to_string(line.size())));
      } else {
        NARU_TRY(out.say(ParquetMessage::row, line));
      }
    }
  }
}

}  // namespace naru
