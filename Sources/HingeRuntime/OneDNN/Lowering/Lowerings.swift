#if OneDNN
    /// The operators that oneDNN computes.
    ///
    /// A lowering is made known by one line here.
    enum Lowerings {
        static let all: [any Lowering.Type] = [
            AbsLowering.self,
            AddLowering.self,
            AttentionLowering.self,
            AveragePoolLowering.self,
            BatchNormalizationLowering.self,
            ClipLowering.self,
            ConcatLowering.self,
            ConvLowering.self,
            ConvTransposeLowering.self,
            DivLowering.self,
            GRULowering.self,
            GeluLowering.self,
            GemmLowering.self,
            GlobalAveragePoolLowering.self,
            GlobalMaxPoolLowering.self,
            HardSigmoidLowering.self,
            HardSwishLowering.self,
            LSTMLowering.self,
            LayerNormalizationLowering.self,
            LeakyReluLowering.self,
            MatMulLowering.self,
            MaxPoolLowering.self,
            MulLowering.self,
            NegLowering.self,
            PReluLowering.self,
            RNNLowering.self,
            ReduceMeanLowering.self,
            ReluLowering.self,
            SigmoidLowering.self,
            SoftmaxLowering.self,
            SqrtLowering.self,
            SubLowering.self,
            SumLowering.self,
            SwishLowering.self,
            TanhLowering.self,
            TransposeLowering.self,
        ]
    }
#endif
