internal import CONNX
internal import CProtobufC
import HingeGraph

extension MessageWriter {
    /// A graph.
    func graph(_ graph: Graph) throws -> UnsafeMutablePointer<Onnx__GraphProto> {
        try withContext(.graph(graph.name)) {
            let origin = ONNXOrigin(graph.origin)
            var extra = origin?.extra ?? []
            let proto = arena.message(onnx__graph_proto__init)
            proto.pointee.name = text(graph.name, 2, origin)
            proto.pointee.doc_string = text(graph.documentation, 10, origin)
            (proto.pointee.n_node, proto.pointee.node) = try list(graph.nodes, node)
            (proto.pointee.n_input, proto.pointee.input) = list(graph.inputs, valueInfo)
            (proto.pointee.n_output, proto.pointee.output) = list(graph.outputs, valueInfo)
            let initializers = try list(graph.initializers, tensor)
            (proto.pointee.n_initializer, proto.pointee.initializer) = initializers
            let sparse = try list(graph.sparseInitializers, sparseTensor)
            (proto.pointee.n_sparse_initializer, proto.pointee.sparse_initializer) = sparse
            let valueInfos = list(graph.valueInfos, valueInfo)
            (proto.pointee.n_value_info, proto.pointee.value_info) = valueInfos
            (proto.pointee.n_metadata_props, proto.pointee.metadata_props) = metadata(
                graph.metadata, 16, origin, &extra)
            pass(extra, to: proto)
            return proto
        }
    }

    /// A node.
    func node(_ node: Node) throws -> UnsafeMutablePointer<Onnx__NodeProto> {
        try withContext(node.place) {
            let origin = ONNXOrigin(node.origin)
            var extra = origin?.extra ?? []
            let proto = arena.message(onnx__node_proto__init)
            (proto.pointee.n_input, proto.pointee.input) = texts(node.inputs)
            (proto.pointee.n_output, proto.pointee.output) = texts(node.outputs)
            proto.pointee.name = text(node.name, 3, origin)
            proto.pointee.op_type = text(node.type, 4, origin)
            proto.pointee.domain = text(node.domain, 7, origin)
            proto.pointee.overload = text(node.overload, 8, origin)
            proto.pointee.doc_string = text(node.documentation, 6, origin)
            let attributes = try list(node.attributes, attribute)
            (proto.pointee.n_attribute, proto.pointee.attribute) = attributes
            (proto.pointee.n_metadata_props, proto.pointee.metadata_props) = metadata(
                node.metadata, 9, origin, &extra)
            pass(extra, to: proto)
            return proto
        }
    }

    /// What is known of a value.
    func valueInfo(_ info: ValueInfo) -> UnsafeMutablePointer<Onnx__ValueInfoProto> {
        let origin = ONNXOrigin(info.origin)
        var extra = origin?.extra ?? []
        let proto = arena.message(onnx__value_info_proto__init)
        proto.pointee.name = text(info.name, 1, origin)
        proto.pointee.doc_string = text(info.documentation, 3, origin)
        proto.pointee.type = type(info.type, 2, origin, &extra)
        (proto.pointee.n_metadata_props, proto.pointee.metadata_props) = metadata(
            info.metadata, 4, origin, &extra)
        pass(extra, to: proto)
        return proto
    }
}
