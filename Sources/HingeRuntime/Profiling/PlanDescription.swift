import HingeGraph
import HingeOperators
import HingeProgram

/// What a compiled model does, step by step, as people read it.
package struct PlanDescription: Sendable, Hashable, Encodable {
    /// The steps, in the order in which they run.
    package var steps: [StepDescription] = []
    /// The memory that intermediate values share, in bytes.
    package var arenaByteCount = 0
    /// The memory that steps use while they run and not after, in bytes.
    package var scratchByteCount = 0
    /// The weights that oneDNN reads, in the layouts in which it does, in bytes.
    package var weightByteCount = 0
}

/// What a step of a compiled model does, as people read it.
package struct StepDescription: Sendable, Hashable, Encodable {
    /// The names of the nodes that the step does, those without a name left out.
    package var nodes: [String] = []
    /// The types of the operators that it does: `Conv`, `Relu`.
    package var operators: [String]
    /// What computes it: oneDNN's name of an implementation, `own`, `copy`, or `plan` for steps that are planned when the
    /// types of their inputs are known.
    package var kernel: String
    /// The type of the numbers that a primitive of oneDNN computes with, sums left out; empty for other steps.
    package var precision = ""
    /// How the elements of the first output stand in memory: `row-major`, `strided` or `blocked`; empty where that is
    /// known only when running.
    package var layout = ""
    /// The types of the outputs that are known: `float32[1, 64, 56, 56]`.
    package var outputs: [String] = []
    /// The size of the outputs that are known, padding included, in bytes.
    package var byteCount = 0
}

extension Plan {
    var description: PlanDescription {
        var seen: Set<ObjectIdentifier> = []
        let weights = buffers.reduce(0) { sum, location in
            guard case .constant(let region) = location,
                seen.insert(ObjectIdentifier(region)).inserted
            else { return sum }
            return sum + region.byteCount
        }
        return PlanDescription(
            steps: steps.map(\.description), arenaByteCount: arenaByteCount,
            scratchByteCount: scratchByteCount, weightByteCount: weights)
    }
}

extension PlanStep {
    /// What the step is, for people.
    var description: StepDescription { StepDescription(operators: [summary], kernel: "own") }
}

extension TensorType {
    /// The type in the words of errors: `float32[2, 3]`.
    var text: String { "\(dataType)\(shape)" }
}

extension EvaluateStep {
    var description: StepDescription {
        var description = StepDescription(operators: [operation.id.type], kernel: "own")
        description.nodes = name.isEmpty ? [] : [name]
        for case .memory(_, let type) in outputs {
            description.layout = "row-major"
            description.outputs.append(type.text)
            description.byteCount += type.byteCount
        }
        return description
    }
}

extension RegionStep {
    var description: StepDescription {
        StepDescription(operators: program.operators, kernel: "plan")
    }
}

extension CopyStep {
    var description: StepDescription {
        StepDescription(
            operators: ["Copy"], kernel: "copy", layout: "row-major", outputs: [type.text],
            byteCount: type.byteCount)
    }
}

#if OneDNN
    extension PrimitiveStep {
        var description: StepDescription {
            StepDescription(
                nodes: nodes, operators: operations.isEmpty ? ["Reorder"] : operations,
                kernel: primitive.implementation,
                precision: arguments.first?.descriptor.dataType?.description ?? "",
                layout: self.outputs.first?.descriptor.layoutName ?? "",
                outputs: type.map { [storedType($0).text] } ?? [],
                byteCount: self.outputs.reduce(0) { $0 + $1.descriptor.byteCount })
        }

        /// The type of a value with the elements as which it is written.
        private func storedType(_ type: TensorType) -> TensorType {
            type.of(outputs.first?.descriptor.dataType ?? type.dataType)
        }
    }
#endif
