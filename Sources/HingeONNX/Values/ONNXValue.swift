import HingeGraph

/// A value that stands in a file of its own, such as the recorded inputs and outputs of ONNX's test data.
package struct ONNXValue: Sendable {
    /// The message types that such a file can consist of.
    package enum Kind: String, Sendable, CaseIterable {
        /// A `TensorProto`.
        case tensor
        /// A `SparseTensorProto`.
        case sparseTensor = "sparse_tensor"
        /// A `SequenceProto`.
        case sequence
        /// A `MapProto`.
        case map
        /// An `OptionalProto`.
        case optional
    }

    /// The value's name; may be empty.
    package var name: String
    /// The value.
    package var value: Value
    /// What the file says that ``value`` can't express.
    var origin: ValueOrigin?

    /// Creates a value to be written.
    package init(name: String = "", _ value: Value) {
        self.name = name
        self.value = value
    }

    init(name: String, _ value: Value, _ origin: ValueOrigin) {
        self.name = name
        self.value = value
        self.origin = origin
    }

    /// The message type of the value.
    package var kind: Kind { value.onnxKind }
}

/// What the messages of a value say that the value can't express.
struct ValueOrigin: Sendable {
    var name = ""
    /// The kind of the elements, which an empty sequence or optional has too.
    var elementKind = 0
    var message = ONNXOrigin()
    /// Of a tensor: all but the elements.
    var tensor: NamedTensor?
    /// Of a sparse tensor: all but the elements.
    var sparseTensor: SparseTensor?
    /// The sequence of a map's values; the elements of the others.
    var children: [ValueOrigin] = []
}

extension Value {
    /// The message type of the value.
    var onnxKind: ONNXValue.Kind {
        switch self {
        case .tensor: .tensor
        case .sparseTensor: .sparseTensor
        case .sequence: .sequence
        case .map: .map
        case .optional: .optional
        }
    }
}

extension ONNXValue.Kind {
    /// The number of the kind in `SequenceProto.DataType` and `OptionalProto.DataType`.
    var number: Int {
        switch self {
        case .tensor: 1
        case .sparseTensor: 2
        case .sequence: 3
        case .map: 4
        case .optional: 5
        }
    }

    /// The message type.
    var root: RootMessage {
        switch self {
        case .tensor: .tensor
        case .sparseTensor: .sparseTensor
        case .sequence: .sequence
        case .map: .map
        case .optional: .optional
        }
    }
}
