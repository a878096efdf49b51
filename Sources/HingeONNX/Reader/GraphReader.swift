internal import CONNX
internal import CProtobufC
import HingeGraph

extension MessageReader {
    /// Reads a graph.
    func graph(_ message: UnsafeMutablePointer<Onnx__GraphProto>) throws -> Graph {
        let proto = message.pointee
        let name = text(proto.name)
        return try withContext(.graph(name)) {
            var origin = try ONNXOrigin(message, passing: [14])
            let metadata = try metadata(
                proto.n_metadata_props, proto.metadata_props, of: message, field: 16, &origin)
            return Graph(
                name: name,
                nodes: try messages(proto.n_node, proto.node).map(node),
                inputs: try messages(proto.n_input, proto.input).map(valueInfo),
                outputs: try messages(proto.n_output, proto.output).map(valueInfo),
                initializers: try messages(proto.n_initializer, proto.initializer).map(tensor),
                sparseInitializers: try messages(
                    proto.n_sparse_initializer, proto.sparse_initializer
                ).map(sparseTensor),
                valueInfos: try messages(proto.n_value_info, proto.value_info).map(valueInfo),
                documentation: text(proto.doc_string), metadata: metadata, origin: origin.boxed)
        }
    }

    /// Reads a node.
    func node(_ message: UnsafeMutablePointer<Onnx__NodeProto>) throws -> Node {
        let proto = message.pointee
        var node = Node(
            text(proto.op_type), domain: text(proto.domain), overload: text(proto.overload),
            name: text(proto.name), inputs: texts(proto.n_input, proto.input),
            outputs: texts(proto.n_output, proto.output), documentation: text(proto.doc_string))
        try withContext(node.place) {
            var origin = try ONNXOrigin(message, passing: [10])
            node.attributes = try messages(proto.n_attribute, proto.attribute).map(attribute)
            node.metadata = try metadata(
                proto.n_metadata_props, proto.metadata_props, of: message, field: 9, &origin)
            node.origin = origin.boxed
        }
        return node
    }

    /// Reads what is known of a value.
    func valueInfo(_ message: UnsafeMutablePointer<Onnx__ValueInfoProto>) throws -> ValueInfo {
        let proto = message.pointee
        let name = text(proto.name)
        return try withContext(.value(name)) {
            var origin = try ONNXOrigin(message)
            let metadata = try metadata(
                proto.n_metadata_props, proto.metadata_props, of: message, field: 4, &origin)
            let type = try type(proto.type, of: message, field: 2, &origin)
            return ValueInfo(
                name: name, type: type, documentation: text(proto.doc_string), metadata: metadata,
                origin: origin.boxed)
        }
    }
}
