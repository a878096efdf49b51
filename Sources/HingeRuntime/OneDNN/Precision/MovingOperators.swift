#if OneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// Operators that only move elements, which may stay of fewer bits on the way.
    enum MovingOperators {
        /// The inputs whose elements an operator moves to its outputs; `nil` for one that computes.
        static func movedInputs(_ operation: any Operator, inputCount: Int) -> Range<Int>? {
            switch operation {
            case is Concat: return 0..<inputCount
            case is SliceOf, is Split, is Transpose, is Gather, is GatherND,
                is GatherElements,
                is Expand, is Tile, is DepthToSpace, is SpaceToDepth:
                return 0..<min(1, inputCount)
            default: return nil
            }
        }
    }

    extension PlanBuilder {
        /// The element type of fewer bits with which a step that only moves elements runs: that in which all of what it
        /// moves was made; `nil` for a step that computes, or moves anything else.
        func movedType(_ index: Int) -> DataType? {
            let step = program.steps[index]
            guard precision != .float32, isTrusted(index), step.bodies.isEmpty,
                step.operation.aliasedInput == nil,
                let moved = MovingOperators.movedInputs(
                    step.operation, inputCount: step.inputs.count)
            else { return nil }
            let types = moved.map { position -> DataType? in
                guard let slot = step.inputs[position], case .memory(let placement) = values[slot],
                    placement.plain == nil, placement.type.dataType == .float32
                else { return nil }
                return placement.layouts.first?.descriptor.dataType
            }
            guard let first = types.first, first == precision, types.allSatisfy({ $0 == first })
            else { return nil }
            return first
        }

        /// Emits the operator's own evaluation of a step that moves elements of fewer bits.
        func emitMove(_ index: Int, of type: DataType) throws {
            let step = program.steps[index]
            let moved =
                MovingOperators.movedInputs(step.operation, inputCount: step.inputs.count) ?? 0..<0
            let inputs = try step.inputs.enumerated().map { position, slot in
                guard moved.contains(position), let slot, case .memory(let placement) = values[slot]
                else { return try operand(slot) }
                let form = placement.type.of(type)
                return .memory(try buffer(placement, as: Descriptor.plain(form)), form)
            }
            var outputs: [EvaluateStep.Target] = []
            for slot in step.outputs {
                guard let slot, program.constant(slot) == nil else {
                    outputs.append(.none)
                    continue
                }
                guard let known = program.tensor(slot) else {
                    throw HingeError(.internalError, "a moved value has no type")
                }
                let form = known.of(type)
                let buffer = addBuffer(byteCount: form.byteCount)
                try define(slot, known, buffer, try Descriptor.plain(form))
                outputs.append(.memory(buffer, form))
            }
            finish(index)
            emit(
                EvaluateStep(
                    index: index, name: step.name, operation: step.operation, places: step.places,
                    inputs: inputs, outputs: outputs, bodies: [], captured: [], salt: step.salt,
                    owner: options.owner),
                reads: inputs.compactMap(\.buffer), writes: outputs.compactMap(\.buffer))
        }
    }
#endif
