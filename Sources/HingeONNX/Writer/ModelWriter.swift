internal import CONNX
internal import CProtobufC
import HingeGraph

extension MessageWriter {
    /// A model.
    func model(_ model: Model) throws -> UnsafeMutablePointer<Onnx__ModelProto> {
        let origin = ONNXOrigin(model.origin)
        var extra = origin?.extra ?? []
        let proto = arena.message(onnx__model_proto__init)
        (proto.pointee.has_ir_version, proto.pointee.ir_version) = number(
            model.irVersion, 1, origin)
        proto.pointee.producer_name = text(model.producerName, 2, origin)
        proto.pointee.producer_version = text(model.producerVersion, 3, origin)
        proto.pointee.domain = text(model.domain, 4, origin)
        (proto.pointee.has_model_version, proto.pointee.model_version) = number(
            model.modelVersion, 5, origin)
        proto.pointee.doc_string = text(model.documentation, 6, origin)
        let imports = list(model.opsetImports, opsetImport)
        (proto.pointee.n_opset_import, proto.pointee.opset_import) = imports
        (proto.pointee.n_metadata_props, proto.pointee.metadata_props) = metadata(
            model.metadata, 14, origin, &extra)
        if !(origin?.omits(7) ?? false) || model.graph != Graph() {
            proto.pointee.graph = try graph(model.graph)
        }
        let functions = try list(model.functions, function)
        (proto.pointee.n_functions, proto.pointee.functions) = functions
        let trainingInfos = try list(model.trainingInfos, trainingInfo)
        (proto.pointee.n_training_info, proto.pointee.training_info) = trainingInfos
        pass(extra, to: proto)
        return proto
    }

    private func number(
        _ number: Int, _ field: Int, _ origin: ONNXOrigin?
    ) -> (protobuf_c_boolean, Int64) {
        (number != 0 || origin?.givesDefault(field) ?? false ? 1 : 0, Int64(number))
    }

    private func opsetImport(
        _ opset: OpsetImport
    ) -> UnsafeMutablePointer<Onnx__OperatorSetIdProto> {
        let origin = ONNXOrigin(opset.origin)
        let proto = arena.message(onnx__operator_set_id_proto__init)
        proto.pointee.domain = text(opset.domain, 1, origin)
        (proto.pointee.has_version, proto.pointee.version) = number(opset.version, 2, origin)
        pass(origin?.extra ?? [], to: proto)
        return proto
    }

    private func function(
        _ function: Function
    ) throws -> UnsafeMutablePointer<Onnx__FunctionProto> {
        try withContext(.graph(function.name)) {
            let origin = ONNXOrigin(function.origin)
            var extra = origin?.extra ?? []
            let proto = arena.message(onnx__function_proto__init)
            proto.pointee.name = text(function.name, 1, origin)
            proto.pointee.domain = text(function.domain, 10, origin)
            proto.pointee.overload = text(function.overload, 13, origin)
            proto.pointee.doc_string = text(function.documentation, 8, origin)
            (proto.pointee.n_input, proto.pointee.input) = texts(function.inputs)
            (proto.pointee.n_output, proto.pointee.output) = texts(function.outputs)
            (proto.pointee.n_attribute, proto.pointee.attribute) = texts(function.attributes)
            let defaults = try list(function.defaultAttributes, attribute)
            (proto.pointee.n_attribute_proto, proto.pointee.attribute_proto) = defaults
            (proto.pointee.n_node, proto.pointee.node) = try list(function.nodes, node)
            let imports = list(function.opsetImports, opsetImport)
            (proto.pointee.n_opset_import, proto.pointee.opset_import) = imports
            let valueInfos = list(function.valueInfos, valueInfo)
            (proto.pointee.n_value_info, proto.pointee.value_info) = valueInfos
            (proto.pointee.n_metadata_props, proto.pointee.metadata_props) = metadata(
                function.metadata, 14, origin, &extra)
            pass(extra, to: proto)
            return proto
        }
    }

    private func trainingInfo(
        _ info: TrainingInfo
    ) throws -> UnsafeMutablePointer<Onnx__TrainingInfoProto> {
        let origin = ONNXOrigin(info.origin)
        var extra = origin?.extra ?? []
        let proto = arena.message(onnx__training_info_proto__init)
        proto.pointee.initialization = try info.initialization.map(graph)
        proto.pointee.algorithm = try info.algorithm.map(graph)
        let initialization = metadata(info.initializationBindings, 3, origin, &extra)
        let update = metadata(info.updateBindings, 4, origin, &extra)
        (proto.pointee.n_initialization_binding, proto.pointee.initialization_binding) =
            initialization
        (proto.pointee.n_update_binding, proto.pointee.update_binding) = update
        pass(extra, to: proto)
        return proto
    }
}
