// Build time only: reads the convolutions of a TensorFlow Lite file.
//
// The file is a FlatBuffer (https://flatbuffers.dev/internals). A table begins with the distance back to its list of fields,
// which holds each field's place in the table. A field that is not a number is a distance forward. Tables and field numbers
// are from TensorFlow's schema.fbs, version 3.
#include "build_model/tflite.hh"

#include <cstring>
#include <map>
#include <stdexcept>

#include "build_model/half.hh"

namespace fr {
namespace {

// From schema.fbs: fields of tables, operators, and types of numbers.
constexpr int kModelCodes = 1, kModelGraphs = 2, kModelBuffers = 4;
constexpr int kGraphTensors = 0, kGraphOperators = 3;
constexpr int kTensorShape = 0, kTensorType = 1, kTensorBuffer = 2;
constexpr int kOperatorCode = 0, kOperatorInputs = 1, kOperatorOutputs = 2;
constexpr int kCodeKind = 0;
constexpr int kBufferData = 0;
constexpr int kAdd = 0, kConvolution = 3, kDepthwise = 4, kDequantize = 6, kPrelu = 54;
constexpr int kHalf = 1;

[[noreturn]] void refuse() { throw std::runtime_error("the TensorFlow Lite file is not one that this program reads"); }

struct Items {
  std::size_t at = 0;  // where the first one lies
  std::size_t count = 0;
};

class Reader {
 public:
  explicit Reader(const std::vector<std::uint8_t>& file) : file_(file) {}

  template <typename T>
  T number(std::size_t at) const {
    if (at > file_.size() || file_.size() - at < sizeof(T)) refuse();
    T value;
    std::memcpy(&value, file_.data() + at, sizeof value);
    return value;
  }
  std::size_t follow(std::size_t at) const { return at + number<std::uint32_t>(at); }
  /// Where the field lies; 0 if the table does not have it.
  std::size_t field(std::size_t table, int index) const {
    const auto list = static_cast<std::ptrdiff_t>(table) - number<std::int32_t>(table);
    if (list < 0) refuse();
    const auto fields = static_cast<std::size_t>(list);
    const std::size_t place = 4 + 2 * static_cast<std::size_t>(index);
    if (place + 2 > number<std::uint16_t>(fields)) return 0;
    const std::size_t offset = number<std::uint16_t>(fields + place);
    return offset == 0 ? 0 : table + offset;
  }
  template <typename T>
  T value(std::size_t table, int index) const {
    const std::size_t at = field(table, index);
    return at == 0 ? T{} : number<T>(at);
  }
  Items items(std::size_t table, int index, std::size_t size) const {
    const std::size_t at = field(table, index);
    if (at == 0) return {};
    const std::size_t start = follow(at);
    const std::size_t count = number<std::uint32_t>(start);
    if (count > (file_.size() - start - 4) / size) refuse();
    return {start + 4, count};
  }
  /// Table `index` of a field that is a list of tables.
  std::size_t table(std::size_t of, int field_index, std::size_t index) const {
    const Items all = items(of, field_index, 4);
    if (index >= all.count) refuse();
    return follow(all.at + 4 * index);
  }
  std::size_t integer(const Items& all, std::size_t index) const {
    if (index >= all.count) refuse();
    const auto value = number<std::int32_t>(all.at + 4 * index);
    if (value < 0) refuse();
    return static_cast<std::size_t>(value);
  }

 private:
  const std::vector<std::uint8_t>& file_;
};

struct Constant {
  std::vector<int> shape;
  std::vector<float> values;
};

class Graph {
 public:
  explicit Graph(const Reader& reader) : reader_(reader), model_(reader.follow(0)), graph_(reader.table(model_, kModelGraphs, 0)) {}

  std::vector<TfliteConvolution> convolutions() {
    std::vector<TfliteConvolution> found;
    const std::size_t operators = reader_.items(graph_, kGraphOperators, 4).count;
    for (std::size_t i = 0; i < operators; ++i) {
      const std::size_t step = reader_.table(graph_, kGraphOperators, i);
      const auto code = reader_.value<std::uint32_t>(step, kOperatorCode);
      const auto kind = reader_.value<std::int8_t>(reader_.table(model_, kModelCodes, code), kCodeKind);
      const Items inputs = reader_.items(step, kOperatorInputs, 4);
      const std::size_t output = reader_.integer(reader_.items(step, kOperatorOutputs, 4), 0);
      if (kind == kDequantize) {
        widened_[output] = constant(reader_.integer(inputs, 0));
      } else if (kind == kConvolution || kind == kDepthwise) {
        made_by_[output] = found.size();
        found.push_back(convolution(kind == kDepthwise, inputs));
      } else if (kind == kAdd) {
        follow_sum(inputs, output);
      } else if (kind == kPrelu) {
        add_slopes(inputs, found);
      }
    }
    return found;
  }

 private:
  Constant constant(std::size_t tensor_index) const {
    const std::size_t tensor = reader_.table(graph_, kGraphTensors, tensor_index);
    if (reader_.value<std::int8_t>(tensor, kTensorType) != kHalf) refuse();
    Constant result;
    std::size_t count = 1;
    const Items shape = reader_.items(tensor, kTensorShape, 4);
    for (std::size_t i = 0; i < shape.count; ++i) {
      const std::size_t side = reader_.integer(shape, i);
      if (side == 0 || side > 4096 || count > (std::size_t{1} << 24)) refuse();
      count *= side;
      result.shape.push_back(static_cast<int>(side));
    }
    const std::size_t buffer = reader_.table(model_, kModelBuffers, reader_.value<std::uint32_t>(tensor, kTensorBuffer));
    const Items bytes = reader_.items(buffer, kBufferData, 1);
    if (bytes.count != 2 * count) refuse();
    for (std::size_t i = 0; i < count; ++i) result.values.push_back(from_half(reader_.number<std::uint16_t>(bytes.at + 2 * i)));
    return result;
  }

  TfliteConvolution convolution(bool depthwise, const Items& inputs) const {
    const auto weights = widened_.find(reader_.integer(inputs, 1));
    const auto biases = widened_.find(reader_.integer(inputs, 2));
    if (weights == widened_.end() || biases == widened_.end() || weights->second.shape.size() != 4) refuse();
    const std::vector<int>& shape = weights->second.shape;
    if (biases->second.values.size() != static_cast<std::size_t>(depthwise ? shape[3] : shape[0])) refuse();
    return {depthwise, shape[0], shape[1], shape[2], shape[3], weights->second.values, biases->second.values, {}};
  }

  void follow_sum(const Items& inputs, std::size_t output) {
    for (std::size_t i = 0; i < inputs.count; ++i) {
      const auto made = made_by_.find(reader_.integer(inputs, i));
      if (made != made_by_.end()) made_by_[output] = made->second;
    }
  }

  void add_slopes(const Items& inputs, std::vector<TfliteConvolution>& found) const {
    const auto made = made_by_.find(reader_.integer(inputs, 0));
    const auto slopes = widened_.find(reader_.integer(inputs, 1));
    if (made == made_by_.end() || slopes == widened_.end()) refuse();
    found[made->second].slopes = slopes->second.values;
  }

  const Reader& reader_;
  std::size_t model_;
  std::size_t graph_;
  std::map<std::size_t, Constant> widened_;  // by the tensor that holds the widened half-precision numbers
  std::map<std::size_t, std::size_t> made_by_;  // tensor -> the convolution that it is the output of, or that was added last to it
};

}  // namespace

std::vector<TfliteConvolution> tflite_convolutions(const std::vector<std::uint8_t>& file) {
  if (file.size() < 8 || std::memcmp(file.data() + 4, "TFL3", 4) != 0) refuse();
  const Reader reader(file);
  return Graph(reader).convolutions();
}

}  // namespace fr
