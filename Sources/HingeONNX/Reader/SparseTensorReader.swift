internal import CONNX
internal import CProtobufC
import HingeGraph

extension MessageReader {
    /// Reads a sparse tensor.
    func sparseTensor(
        _ message: UnsafeMutablePointer<Onnx__SparseTensorProto>
    ) throws -> SparseTensor {
        let proto = message.pointee
        guard let values = proto.values, let indices = proto.indices else {
            let missing = proto.values == nil ? "values" : "indices"
            throw HingeError(
                .badData, "expected the \(missing) of a sparse tensor, found none",
                at: [.field(missing)])
        }
        let namedValues = try withContext(.field("values")) { try tensor(values) }
        let namedIndices = try withContext(.field("indices")) { try tensor(indices) }
        return SparseTensor(
            values: namedValues.tensor, indices: namedIndices.tensor,
            shape: try dimensions(proto.n_dims, proto.dims), name: namedValues.name,
            origin: Origin(
                SparseTensorOrigin(
                    values: namedValues, indices: namedIndices, message: try ONNXOrigin(message))))
    }
}

/// What the messages of a sparse tensor say that the graph can't express.
struct SparseTensorOrigin: Sendable {
    /// The values, whose tensor and name the graph has too.
    var values: NamedTensor
    /// The indices, whose tensor the graph has too.
    var indices: NamedTensor
    var message: ONNXOrigin
}
