import HingeGraph
import HingeProgram
import HingeTransforms

extension ModelTest {
    /// How much of the types of a model's outputs follows from its inputs, its constants and its nodes alone.
    public enum InferredOutputs: String, Sendable, Hashable, CaseIterable {
        /// The element types and shapes of all outputs.
        case complete
        /// The rank of an output at least.
        case partial
        /// No more than element types.
        case unknown
        /// What was inferred isn't what was recorded.
        case wrong
    }

    /// Infers the types of the outputs with all shapes erased that the file states of outputs and of values inside, and
    /// compares them with those of the recorded outputs; `nil` when an output isn't a tensor, or isn't recorded.
    ///
    /// - Throws: ``HingeError`` when the model can't be understood.
    public func inferOutputs() throws -> InferredOutputs? {
        var erased = model
        erased.graph.valueInfos = []
        for index in erased.functions.indices { erased.functions[index].valueInfos = [] }
        for index in erased.graph.outputs.indices { erased.graph.outputs[index].type = nil }
        let inferred = try InferTypes().infer(erased)
        var known = 0
        var ranked = 0
        for info in model.graph.outputs {
            var shape: Shape?
            for dataSet in dataSets {
                guard let tensor = dataSet.outputs[info.name]?.tensor else { return nil }
                let type = inferred.type(of: info.name)
                if case .tensor? = type {} else if type != nil { return .wrong }
                guard type?.dataType == nil || type?.dataType == tensor.dataType else {
                    return .wrong
                }
                shape = type?.shape
                guard let shape else { continue }
                guard shape.agrees(with: Shape(tensor.shape)) else { return .wrong }
            }
            if shape?.extents != nil { known += 1 }
            if shape != nil { ranked += 1 }
        }
        return known == model.graph.outputs.count ? .complete : ranked > 0 ? .partial : .unknown
    }
}
