#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators

    /// What is peculiar to a kind of recurrent layer as oneDNN has it.
    struct RecurrentCell {
        /// What makes the description of a computation in one direction.
        typealias Make = (
            _ description: UnsafeMutablePointer<OpaquePointer?>, _ engine: OpaquePointer,
            _ direction: dnnl_rnn_direction_t, _ descriptors: UnsafePointer<dnn_recurrent>,
            _ attributes: OpaquePointer?
        ) -> dnnl_status_t

        /// The operator's gate at each place of oneDNN's gates.
        let gates: [Int]
        /// The operator's peephole at each place of oneDNN's; empty where there are none.
        var peepholes: [Int] = []
        /// Whether the recurrence weights' bias of the last gate stands by itself.
        var hasSeparateBias = false
        /// How large the states are at most, given how large the initial state is at most, that of the cell where there is
        /// one, and the number of time steps.
        let bound: @Sendable (_ state: Float, _ time: Int) -> Float
        let make: Make

        /// The number of biases of oneDNN, in vectors of H.
        var biasCount: Int { gates.count + (hasSeparateBias ? 1 : 0) }
    }

    /// The extents of a recurrent layer.
    ///
    /// Letters: T time steps, N the batch, I the input's features, H the hidden features, D directions, G gates.
    struct RecurrentExtents {
        let time: Int
        let batch: Int
        let features: Int
        let hidden: Int
        let directions: Int
        let isBatchFirst: Bool

        /// The type of all hidden states, as the operator gives them.
        var all: TensorType {
            float(
                isBatchFirst
                    ? [batch, time, directions, hidden] : [time, directions, batch, hidden])
        }

        /// The type of the last or initial states, as the operator has them.
        var state: TensorType {
            float(isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden])
        }

        func float(_ shape: [Int]) -> TensorType { TensorType(dataType: .float32, shape: shape) }

        /// The operator's weights of one direction, `[G·H, I]` or `[G·H, H]`, as oneDNN sees them: `[1, 1, I, G, H]`.
        func weights(_ gates: Int, _ columns: Int) throws -> Descriptor {
            let size = gates * hidden * columns
            return try Descriptor(
                float([1, 1, columns, gates, hidden]),
                strides: [size, size, 1, hidden * columns, columns])
        }

        /// Vectors of the hidden features, `[1, 1, count, H]`.
        func vectors(_ count: Int) throws -> Descriptor {
            try Descriptor.plain(float([1, 1, count, hidden]))
        }

        /// `[count, N, width]` with steps along time and the batch, in elements.
        func sequence(_ count: Int, _ width: Int, _ steps: Steps) throws -> Descriptor {
            try Descriptor(
                float([count, batch, width]), strides: [steps.time, steps.batch, 1])
        }

        /// A state of one direction, `[1, 1, N, H]`, whose rows are so many elements apart.
        func state(rowStride: Int) throws -> Descriptor {
            let size = batch * rowStride
            return try Descriptor(
                float([1, 1, batch, hidden]), strides: [size, size, rowStride, 1])
        }

        /// How many elements further the next time step and the next sample are.
        struct Steps: Hashable {
            let time: Int
            let batch: Int
        }

        /// The steps through a sequence of rows of `width` elements, with the batch outside or inside.
        func steps(_ width: Int, isBatchFirst: Bool) -> Steps {
            // A batch of one is as well inside, the form that oneDNN has fewest cases for.
            isBatchFirst && batch > 1
                ? Steps(time: width, batch: time * width)
                : Steps(time: batch * width, batch: width)
        }

        /// The steps through all hidden states, and how far the directions are apart.
        var resultSteps: (steps: Steps, direction: Int) {
            isBatchFirst
                ? (Steps(time: directions * hidden, batch: time * directions * hidden), hidden)
                : (Steps(time: directions * batch * hidden, batch: hidden), batch * hidden)
        }

        /// How far the rows and the directions of a state are apart.
        var stateSteps: (row: Int, direction: Int) {
            isBatchFirst ? (directions * hidden, hidden) : (hidden, batch * hidden)
        }
    }
#endif
