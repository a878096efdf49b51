internal import CONNX
internal import CProtobufC
import HingeGraph

extension MessageReader {
    /// Reads a model.
    func model(_ message: UnsafeMutablePointer<Onnx__ModelProto>) throws -> Model {
        let proto = message.pointee
        var origin = try ONNXOrigin(message, passing: [26])
        if proto.graph == nil { origin.omitted |= 1 << 7 }
        let metadata = try metadata(
            proto.n_metadata_props, proto.metadata_props, of: message, field: 14, &origin)
        var model = Model(
            graph: try proto.graph.map(graph) ?? Graph(),
            functions: try messages(proto.n_functions, proto.functions).map(function),
            opsetImports: try messages(proto.n_opset_import, proto.opset_import).map(opsetImport),
            irVersion: Int(proto.ir_version),
            producerName: text(proto.producer_name),
            producerVersion: text(proto.producer_version),
            domain: text(proto.domain),
            modelVersion: Int(proto.model_version),
            documentation: text(proto.doc_string),
            metadata: metadata,
            trainingInfos: try messages(proto.n_training_info, proto.training_info)
                .map(trainingInfo))
        origin.repeatsNodeNames = model.hasRepeatedNodeNames
        // Kept even when it is empty: it says that the model comes from ONNX.
        model.origin = Origin(origin)
        return model
    }

    private func opsetImport(
        _ message: UnsafeMutablePointer<Onnx__OperatorSetIdProto>
    ) throws -> OpsetImport {
        OpsetImport(
            domain: text(message.pointee.domain), version: Int(message.pointee.version),
            origin: try ONNXOrigin(message).boxed)
    }

    private func function(
        _ message: UnsafeMutablePointer<Onnx__FunctionProto>
    ) throws -> Function {
        let proto = message.pointee
        let name = text(proto.name)
        return try withContext(.graph(name)) {
            var origin = try ONNXOrigin(message)
            let metadata = try metadata(
                proto.n_metadata_props, proto.metadata_props, of: message, field: 14, &origin)
            return Function(
                name: name, domain: text(proto.domain), overload: text(proto.overload),
                inputs: texts(proto.n_input, proto.input),
                outputs: texts(proto.n_output, proto.output),
                attributes: texts(proto.n_attribute, proto.attribute),
                defaultAttributes: try messages(proto.n_attribute_proto, proto.attribute_proto)
                    .map(attribute),
                nodes: try messages(proto.n_node, proto.node).map(node),
                opsetImports: try messages(proto.n_opset_import, proto.opset_import)
                    .map(opsetImport),
                valueInfos: try messages(proto.n_value_info, proto.value_info).map(valueInfo),
                documentation: text(proto.doc_string), metadata: metadata, origin: origin.boxed)
        }
    }

    private func trainingInfo(
        _ message: UnsafeMutablePointer<Onnx__TrainingInfoProto>
    ) throws -> TrainingInfo {
        let proto = message.pointee
        var origin = try ONNXOrigin(message)
        let initialization = try metadata(
            proto.n_initialization_binding, proto.initialization_binding, of: message, field: 3,
            &origin)
        let update = try metadata(
            proto.n_update_binding, proto.update_binding, of: message, field: 4, &origin)
        return TrainingInfo(
            initialization: try proto.initialization.map(graph),
            algorithm: try proto.algorithm.map(graph),
            initializationBindings: initialization, updateBindings: update, origin: origin.boxed)
    }
}
